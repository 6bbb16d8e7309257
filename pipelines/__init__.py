"""Pivotal Tracker and Clockify as trusted tables and metrics.

The way of the data, one direction::

    sources -> pyairbyte -> warehouse -> metrics -> outputs

``sources`` knows Tracker and Clockify, ``pyairbyte`` reads any connector into staging, ``warehouse`` publishes what was
staged, ``metrics`` computes tables from it, ``outputs`` makes what people take away. ``defs`` wraps all of it as Dagster
definitions, which ``definitions`` assembles; ``cli`` is what the Makefile calls; ``project`` has the settings and the
files that all rooms share, and keeps secrets and the texts of others harmless; ``simulator`` is the demo
source. ``make check`` holds who may import whom.
"""
