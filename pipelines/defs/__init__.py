"""Thin Dagster wrappers: assets, jobs, resources and checks over what the other packages do.

Here: asset keys, groups, pools, partitions, metadata. Not here: SQL, HTTP, definitions of metrics.
"""
