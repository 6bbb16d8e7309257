"""Tests, laid out like the package they test; ``support`` holds what several of them share."""
