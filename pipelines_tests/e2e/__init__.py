"""The whole way over real HTTP: simulator, PyAirbyte, DuckDB, Dagster."""
