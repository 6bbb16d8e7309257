"""The snapshot: the tables as one run left them, in a DuckDB file of its own that nobody ever writes to again.

Here: writing it, and opening it so that nothing but its tables can be reached. Whoever reads it waits for no run, and
no run waits for them. Not here: who asks, and what (``outputs.mcp``).
"""
