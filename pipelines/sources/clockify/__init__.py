"""What changed at a source since a moment, asked over plain HTTP, and what of it the warehouse has not seen yet.

Here: cheap questions that a sensor asks every minute, and their comparison with the warehouse. Not here: reading data
(``connectors``), Dagster (``defs.automation``). Nothing here imports PyAirbyte, the CDK or pandas.
"""
