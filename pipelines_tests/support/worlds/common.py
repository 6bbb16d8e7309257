"""The moment at which records of both sources were made."""

CREATED = "2026-01-05T09:00:00Z"
