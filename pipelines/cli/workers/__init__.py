"""Runs on several machines: each run, whole, is a task of a Celery worker.

Here: the app that workers start (``app``), and the launcher that hands runs to them and notices when one dies
(``launcher``). Not here: what a run does, which is the same everywhere, and the configuration (``deploy/celery``).

Needs the extra ``deploy``; nothing that a code location loads may import this package.
"""
