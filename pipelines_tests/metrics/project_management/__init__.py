"""Tests of the project-management tables, each on a few raw rows as the API would give them."""
