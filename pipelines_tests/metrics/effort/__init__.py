"""Tests of the effort tables, each on rows as the two other rooms would give them."""
