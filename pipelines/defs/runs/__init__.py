"""What holds for every run, whoever launched it: one process, a lock while it lives, waits that are told, and an end.

Here: the executor (``executor``), which runs have a process (``alive``), its now (``now``), waiting for a pool
(``pools``), and signals (``signals``). Not here: what a run does (``defs``), who launches it (``cli``, Dagster), where
it is executed (``workers``).
"""
