"""Pivotal Tracker, look-alikes of its API v5, and its files.

Here: endpoints and schemas (``manifest.yaml``), project versions (``versions``), archives and exports (``archive``), the
file that says where stories went on (``crosswalk``). Not here: what of it the warehouse has seen (``defs.automation``).
"""
