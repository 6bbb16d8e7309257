"""Files that settings name and that cannot be used: told before anything is read, with the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli.inputs import refuse_broken_inputs
from pipelines.defs.settings import load_settings
from pipelines.project.environment import SettingsError

_NOT_UTF_8 = b"\xff\xfe\x00"


@pytest.mark.parametrize(
    ("setting", "content"),
    [
        ("PIPELINES_SETTINGS", None),
        ("PIPELINES_SETTINGS", _NOT_UTF_8),
        ("PIPELINES_SETTINGS", b"[time_tracking\n"),
        ("PIPELINES_SETTINGS", b"capacity = 8\n"),
        ("PIPELINES_STORY_CROSSWALK", None),
        ("PIPELINES_STORY_CROSSWALK", _NOT_UTF_8),
        ("PIPELINES_STORY_CROSSWALK", b"a,b\n1,2\n"),
        ("PIPELINES_REPORT_DIR", b"a file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(
    tmp_path: Path, setting: str, content: bytes | None
) -> None:
    path = tmp_path / "given"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=setting) as raised:
        refuse_broken_inputs(load_settings({setting: str(path)}))
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("setting", ["PIPELINES_SETTINGS", "PIPELINES_STORY_CROSSWALK"])
def test_a_folder_is_no_file(tmp_path: Path, setting: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        refuse_broken_inputs(load_settings({setting: str(tmp_path)}))


def test_a_folder_for_the_numbers_that_is_missing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "numbers.prom"
    with pytest.raises(SettingsError, match="PIPELINES_METRICS_FILE") as raised:
        refuse_broken_inputs(load_settings({"PIPELINES_METRICS_FILE": str(path)}))
    assert str(path.parent) in str(raised.value)
    path.parent.mkdir()
    refuse_broken_inputs(load_settings({"PIPELINES_METRICS_FILE": str(path)}))


def test_what_is_not_set_is_fine(tmp_path: Path) -> None:
    refuse_broken_inputs(load_settings({}))
    refuse_broken_inputs(load_settings({"PIPELINES_REPORT_DIR": str(tmp_path / "new")}))
