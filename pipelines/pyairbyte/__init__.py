"""PyAirbyte for Dagster: declared streams become assets, a run reads the selected ones into a staging cache.

Here: what any PyAirbyte source needs (props, translator, decorator, resource, staging, executor and what these use).
Not here: the names of our sources, tables or settings, and nothing about where the data goes: a *destination*
(see ``destination``) is handed in. ``airbyte`` itself is imported inside functions only, because its import takes
seconds and a code server, a sensor or a metric must never pay for it.
"""
