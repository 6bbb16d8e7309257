"""Measurements, printed side by side; not tests, because figures depend on the machine."""
