"""Clockify: its endpoints and schemas (``manifest.yaml``), and its feed of entity changes (``changes``).

Here: what is asked of Clockify. Not here: what of it the warehouse has seen (``defs.automation``).
"""
