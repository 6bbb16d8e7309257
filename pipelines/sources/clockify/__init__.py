"""Clockify: its endpoints and schemas (``manifest.yaml``), its feed of entity changes (``changes``), single entries (``vanished``).

Here: what is asked of Clockify. Not here: what of it the warehouse has seen (``defs.automation``).
"""
