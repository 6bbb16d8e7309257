"""Prints a page of the report to PDF with a Chromium that is installed.

Not here: how a page looks on paper (its style sheet says so).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pipelines.project.environment import SettingsError
from pipelines.project.files import replaced

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 180


def print_page(page: Path) -> Path:
    """Write the page as PDF beside it and return its path. Raises ``SettingsError`` without a browser that can."""
    program = next((path for path in map(shutil.which, _PROGRAMS) if path), None)
    if program is None:
        raise SettingsError(
            "--pdf needs Chromium or Google Chrome on the PATH (Debian: `sudo apt-get install chromium`); or print the page "
            f"from any browser: {page.as_uri()}"
        )
    target = page.with_suffix(".pdf")
    with replaced(target) as written, tempfile.TemporaryDirectory() as profile:
        arguments = [
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
            # Root cannot have Chromium's sandbox; the page asks for nothing and is our own.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            f"--print-to-pdf={written}",
            page.as_uri(),
        ]
        try:
            done = subprocess.run(
                [program, *arguments], capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SettingsError(f"{program} did not print the page: {error}") from None
        if done.returncode or written.stat().st_size == 0:
            raise SettingsError(
                f"{program} did not print the page (status {done.returncode}): print it from a browser, {page.as_uri()}"
            )
    return target
