"""Documents: what the warehouse knows about a thing, as text for an index, a prompt or a reader.

Here: one module per kind of document; which tables it reads, how they become Markdown and metadata, writing the file.
Not here: computing anything (``pipelines.metrics``), Dagster, opening the warehouse, any index or model.
"""
