"""The project on this machine: its settings, its folder, files that appear whole, locks that say whether their holder lives.

Here: what every room may use and what knows no room. Not here: sources, tables, Dagster, HTTP.
"""
