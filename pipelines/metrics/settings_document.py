"""The documentation of the metric settings: a complete settings file, made from the models.

Here: printing every key with its default and its description. Not here: what can be configured.
"""

from __future__ import annotations

import json

from pipelines.metrics.settings import MetricSettings, Section


def documented_toml() -> str:
    """A settings file that holds every default, each key under its description as a comment."""
    return "\n".join(_table_lines(MetricSettings(), "")).strip() + "\n"


def _table_lines(table: Section, path: str) -> list[str]:
    lines: list[str] = []
    nested: list[str] = []
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        inner = f"{path}.{name}" if path else name
        comment = [f"# {field.description}"] if field.description else []
        if isinstance(value, Section):
            nested += ["", f"# {type(value).__doc__}", f"[{inner}]", *_table_lines(value, inner)]
        elif isinstance(value, dict):
            example = [f"#   {line}" for line in field.examples or []]
            nested += ["", *comment, *example, f"[{inner}]"]
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            nested += ["", *comment]
            for item in value:
                nested += [f"[[{inner}]]", *_table_lines(item, inner)]
        elif value is None and field.examples:
            # TOML has no null: a key without a default is shown as a comment.
            lines += [*comment, f"# {name} = {json.dumps(field.examples[0])}"]
        else:
            shown = list(value) if isinstance(value, tuple) else value
            lines += [*comment, f"{name} = {json.dumps(shown)}"]
    return lines + nested
