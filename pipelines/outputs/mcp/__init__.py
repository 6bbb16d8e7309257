"""The MCP server: questions of AI applications, answered from the snapshot with definitions beside the numbers.

Here: the tools, resources and prompts, the guard around SQL of others, and how the server is reached. Every answer names
the moment it is of, and marks what people wrote as quoted data. Nothing is ever written.
Not here: what the numbers mean (``pipelines.metrics``), Dagster, writing the snapshot (``outputs.snapshot``).
"""
