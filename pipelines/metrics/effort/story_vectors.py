"""Stories as vectors of what they are about, computed only for those whose text changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.metrics.effort.embedding import MODEL, embed, is_installed, packed
from pipelines.metrics.model import Column, MetricRun, MetricTable
from pipelines.metrics.tables_there import exists
from pipelines.project.extras import how_to_install

if TYPE_CHECKING:
    import duckdb

_DEFINITION = """
One row per story that is not deleted and no release: its title, labels and description as a vector, for search by meaning
and for suggestions of links.

Vectors are of length 1, so the product of two is the cosine of their angle: 1 for the same words, about 0 for texts that
have nothing to do with each other. They are static: words have one meaning each, learnt mostly from English. `vector` has a
whole number from -127 to 127 for each of 256 dimensions, as bytes in base64. A vector is kept as long as `text_hash`, which
stands for the text and the model, stays the same. Where the extra `search` is not installed, new
texts get none.
"""

_TEXTS = """
SELECT
    fact.story_id,
    concat_ws('. ', fact.name, array_to_string(fact.label_names, ', '), story.description) AS text,
    md5(concat_ws('|', $model, text)) AS text_hash
FROM project_management.story_facts AS fact
LEFT JOIN pivotal_tracker.stories AS story ON story.id = fact.story_id
WHERE NOT fact.is_deleted AND fact.story_type IS DISTINCT FROM 'release'
ORDER BY fact.story_id
"""


def story_vectors(con: duckdb.DuckDBPyConnection, _: MetricRun) -> duckdb.DuckDBPyRelation:
    """The vectors; those of texts that did not change are the ones of the last run."""
    import pandas as pd

    stories = con.execute(_TEXTS, {"model": MODEL}).fetchall()
    kept = _kept(con)
    if not is_installed():
        stories = [story for story in stories if story[2] in kept]
    new = [(story, text) for story, text, text_hash in stories if text_hash not in kept]
    made = dict(
        zip(
            (story for story, _ in new),
            packed(embed([text for _, text in new])) if new else (),
            strict=True,
        )
    )
    rows = [
        (story, text_hash, made.get(story) or kept[text_hash]) for story, _, text_hash in stories
    ]
    frame = pd.DataFrame(rows, columns=["story_id", "text_hash", "vector"]).astype(
        {"story_id": "int64", "text_hash": "string", "vector": "string"}
    )
    return con.from_df(frame)


def _notes(_con: duckdb.DuckDBPyConnection, _run: MetricRun) -> dict[str, str]:
    if is_installed():
        return {}
    return {
        "left_out": f"New texts have no vectors: what makes them is missing. {how_to_install('search')}."
    }


def _kept(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The vectors that are there, by the hash of their text."""
    if not exists(con, STORY_VECTORS.address):
        return {}
    return dict(con.execute(f"SELECT text_hash, vector FROM {STORY_VECTORS.address}").fetchall())


STORY_VECTORS = MetricTable(
    schema="effort",
    name="story_vectors",
    grain=("story_id",),
    definition=_DEFINITION,
    columns=(
        Column("story_id", "BIGINT", "Story."),
        Column("text_hash", "VARCHAR", "Stands for its text and the model."),
        Column("vector", "VARCHAR", "256 whole numbers from -127 to 127, as bytes in base64."),
    ),
    inputs=("pivotal_tracker.stories", "project_management.story_facts"),
    compute=story_vectors,
    notes=_notes,
)
