"""Who owns the assets, as Dagster shows it."""

OWNER = "team:data"
