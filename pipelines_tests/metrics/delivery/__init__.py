"""Tests of the second delivery source."""
