"""What is raised when the environment lacks a setting or has a wrong one.

Apart from the settings themselves, because commands that read none must not wait for pydantic.
"""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it."""
