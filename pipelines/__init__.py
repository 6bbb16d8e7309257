"""Pivotal Tracker and Clockify as trusted tables and metrics.

The way of the data, one direction: ``connectors`` -> ``pyairbyte`` -> ``warehouse`` -> ``metrics``. ``defs`` wraps them
as Dagster assets, ``definitions`` assembles those, ``cli`` is what the Makefile calls, ``simulator`` is the demo source.
"""
