"""The command line: ``pipelines --help`` lists the commands, of which the Makefile calls most.

Here: arguments, the Dagster instance, launching the sync job in this process, and the table printed at the end.
Not here: what a sync does (``defs``), what the pages say (``outputs.reference``).
"""
