"""Where the project lies on this machine: relative paths of settings count from there, whichever folder a process runs in."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
