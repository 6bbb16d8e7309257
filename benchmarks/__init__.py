"""Measurements, printed side by side; not tests, because figures depend on the machine.

``python -m benchmarks`` measures start-up, publish and sync and prints Markdown for ``RESULTS.md``; metrics, archives and
other warehouses have commands of their own. Here: what is measured, and generated data for it. Not here: anything that
the project itself imports.
"""
