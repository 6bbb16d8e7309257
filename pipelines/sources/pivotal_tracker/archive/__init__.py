"""Tracker data without Tracker: archives of a host, exports, and a server that answers from them as the API would.

* ``lists``: what a v5 host offers, list by list;
* ``host``, ``writer``, ``manifest``: keep what a host offers, as JSON Lines with counts and checksums;
* ``compatibility``: what a host offers and what it does not;
* ``parts``: what lies at a path; ``notes``: what was left out of it, assumed or replaced;
* ``json_files``, ``dumps``, ``exports``: read archives, other JSON dumps, and CSV or zip exports;
* ``merging``, ``store``, ``server``, ``source``: bring all of it into one file and serve that to the connector.

Here: everything between a file that somebody kept and a v5 API on this machine. Not here: Dagster, the warehouse, metrics;
how the connector reads the API.
"""
