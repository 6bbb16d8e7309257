"""The command line that the Makefile calls: ``pipelines demo | sync | resync | move | ui | docs``.

Here: arguments, the Dagster instance, launching the sync job in this process, and the table printed at the end.
Not here: what a sync does (``defs``), what the pages say (``reference``).
"""
