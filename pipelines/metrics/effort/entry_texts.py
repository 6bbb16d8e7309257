"""The texts of work entries in which stories can be named.

Here: a part of a WITH clause. Not here: what the texts name (``story_references``, ``successors``).
"""

from __future__ import annotations

# ``texts``: source, text, and of custom fields the entry_id. A description or a task's name is there once, however many entries
# have it, because reading texts is dear (see ``of_entries``). ``work``: the entries with both. Whitespace ends every notation, so
# the custom fields of an entry are one text of several lines.
ENTRY_TEXTS = """
work AS NOT MATERIALIZED (
    SELECT entry_id, task_name, description
    FROM time_tracking.time_entry_facts
    WHERE is_work
),
custom_fields AS (
    SELECT
        id AS entry_id,
        unnest(from_json(custom_field_values, '[{"name": "VARCHAR", "value": "JSON"}]')) AS field
    FROM clockify.time_entries
    WHERE custom_field_values::VARCHAR NOT IN ('[]', 'null')
),
custom_field_texts AS (
    SELECT
        entry_id,
        -- A field of numbers may send a story id as 187654321.0.
        string_agg(regexp_replace(field.value ->> '$', '^([0-9]+)\\.0+$', '\\1'), chr(10)) AS text
    FROM custom_fields
    WHERE len(getvariable('link_custom_fields')::VARCHAR[]) = 0
        OR list_contains(getvariable('link_custom_fields')::VARCHAR[], field.name)
    GROUP BY ALL
),
texts AS (
    SELECT DISTINCT 'description' AS source, description AS text
    FROM work
    UNION ALL BY NAME
    SELECT DISTINCT 'task_name' AS source, task_name AS text
    FROM work
    UNION ALL BY NAME
    SELECT 'custom_fields' AS source, entry_id, text
    FROM custom_field_texts
    SEMI JOIN work USING (entry_id)
)
"""


def of_entries(found: str, *columns: str) -> str:
    """SQL of entry_id and ``columns`` for each entry whose text a row of ``found`` is about.

    ``found``: a CTE beside ``ENTRY_TEXTS`` with source, text, entry_id and the columns.
    """
    chosen = ", ".join(f"{found}.{column}" for column in columns)
    return f"""
SELECT entry_id, {chosen}
FROM {found}
WHERE source = 'custom_fields'
UNION ALL
SELECT work.entry_id, {chosen}
FROM {found}
JOIN work ON work.description = {found}.text
WHERE source = 'description'
UNION ALL
SELECT work.entry_id, {chosen}
FROM {found}
JOIN work ON work.task_name = {found}.text
WHERE source = 'task_name'
"""
