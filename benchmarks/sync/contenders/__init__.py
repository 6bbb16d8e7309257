"""Who syncs: each module is run in a process of its own and leaves a DuckDB file.

``python -m benchmarks.sync.contenders.<name> <server> <folder>`` writes ``<folder>/result.json``: phases in seconds.
Each module has ``result(folder)``: the DuckDB file, and where in it the compared streams are. Not here: measuring the
process and judging the rows.
"""
