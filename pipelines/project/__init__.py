"""The project on this machine: its settings, its folder, files that appear whole, locks that say whether their holder lives.

Here: what every room may use and what knows no room; in ``texts``, secrets and how they are blotted, and how texts of
others are made harmless. Not here: sources, tables, Dagster, HTTP.
"""
