"""The documentation says what the code says: generated pages, settings, commands, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pipelines.cli.commands import cli
from pipelines.defs.settings import Settings, load_settings
from pipelines.metrics.catalog import FAMILIES
from pipelines.outputs.charts.catalog import CHARTS
from pipelines.outputs.charts.dimensions import DIMENSIONS
from pipelines.outputs.charts.model import Chart
from pipelines.outputs.reference.contracts import contracts
from pipelines.outputs.reference.links import place_of
from pipelines.outputs.reference.markdown import anchor, table
from pipelines.outputs.reference.pages import PAGES, SETTINGS_PAGES, write_pages
from pipelines.project.folder import PROJECT
from pipelines.project.settings import declared
from pipelines.sources.registry import CONNECTORS

DOCS = PROJECT / "docs"
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
TEXTS = [*sorted(PROJECT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
DEPLOY = [path for path in sorted((PROJECT / "deploy").rglob("*")) if path.is_file()]
STREAMS = [props for connector in CONNECTORS.values() for props in connector.streams]
METRICS = [metric for tables in FAMILIES.values() for metric in tables]


@pytest.fixture(scope="module")
def variables() -> set[str]:
    """Every variable that the settings read."""
    return {variable for _, variable, _ in declared(Settings)}


def section(text: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    )
    assert found, f"no section {heading!r}"
    return found[1]


def headings(text: str) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)


_ON_A_COMMAND_LINE = re.compile(
    r"//[^\s/]+:[^\s/]+@|\b\w*(PASSWORD|TOKEN|SECRET|API_KEY)\w*=\S", re.IGNORECASE
)


@pytest.mark.parametrize("path", [*TEXTS, *DEPLOY], ids=lambda path: path.name)
def test_no_command_has_a_password(path: Path) -> None:
    """What a command is given stands in the shell's history and in the list of processes."""
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    commands += [
        line for line in text.splitlines() if re.match(r"(#\s+)?(export|docker|kubectl) ", line)
    ]
    assert not [
        line
        for command in commands
        for line in command.splitlines()
        if _ON_A_COMMAND_LINE.search(line)
    ]


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_what_the_code_would_write(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), f"docs/{name} is out of date: run `make docs`"


def test_contracts_are_what_the_code_would_write() -> None:
    committed = {
        f"contracts/{path.name}": path.read_text(encoding="utf-8")
        for path in (DOCS / "contracts").iterdir()
    }
    assert committed == contracts(), "docs/contracts is out of date: run `make docs`"


def test_a_contract_has_what_the_standard_asks_for() -> None:
    """Required by the standard's version 3.1.0 and 3.2.0; every column and every part of the grain is in it."""
    written = contracts()
    for metric in METRICS:
        contract = yaml.safe_load(written[f"contracts/{metric.address}.odcs.yaml"])
        assert {"version", "apiVersion", "kind", "id", "status"} <= contract.keys()
        (declared,) = contract["schema"]
        properties = {item["name"]: item for item in declared["properties"]}
        assert list(properties) == [column.name for column in metric.columns]
        keys = [item["name"] for item in declared["properties"] if item.get("primaryKey")]
        assert set(keys) == set(metric.grain), metric.address


def test_a_contract_of_a_table_that_is_gone_goes(tmp_path: Path) -> None:
    left = tmp_path / "docs" / "contracts" / "effort.gone.odcs.yaml"
    left.parent.mkdir(parents=True)
    left.write_text("kind: DataContract\n")
    write_pages(tmp_path / "docs", Settings)
    assert not left.exists()


def test_llms_txt_stays_small_and_names_every_table() -> None:
    """A reader with a limited memory takes it whole: about 30,000 tokens."""
    text = PAGES["llms.txt"]()
    assert len(text) < 120_000
    for address in [*(f"{props.namespace}.{props.name}" for props in STREAMS)]:
        assert f"[{address}](streams.md#" in text
    for metric in METRICS:
        if metric.schema != "catalog":
            assert f"[{metric.address}](metrics/{metric.schema}.md#" in text


def test_pages_are_written_into_a_folder(tmp_path: Path) -> None:
    paths = write_pages(tmp_path / "docs", Settings)
    written = [path.relative_to(tmp_path / "docs").as_posix() for path in paths[: len(PAGES)]]
    assert written == list(PAGES)
    assert paths[0].read_text(encoding="utf-8").splitlines()[2] == "# Streams"


def test_every_stream_and_metric_has_a_section() -> None:
    addresses = {f"{props.namespace}.{props.name}" for props in STREAMS}
    assert addresses <= set(headings(PAGES["streams.md"]()))
    index = PAGES["metrics.md"]()
    for metric in METRICS:
        for page in (f"metrics/{metric.schema}.md", "metrics/lineage.md"):
            assert metric.address in headings(PAGES[page]()), page
        assert f"]({place_of(metric.address)})" in index


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_is_explained(chart: Chart) -> None:
    assert f"* **{chart.title.rstrip('?')}" in (DOCS / "charts.md").read_text(encoding="utf-8")


def test_every_dimension_is_documented() -> None:
    text = (DOCS / "bi.md").read_text(encoding="utf-8")
    for dimension in DIMENSIONS:
        assert f"| `{dimension.name}` | `{dimension.key}` | {dimension.joins} |" in text


def test_the_readme_is_one_screen() -> None:
    assert len(README.split()) < 600
    assert "docs/tour.md" in README


def test_a_cell_stays_in_its_row() -> None:
    """Bars are escaped, line breaks become spaces."""
    assert table(("a", "b"), [("x | y", "two\nlines")]) == (
        "| a | b |\n| --- | --- |\n| x \\| y | two lines |"
    )


def test_the_page_of_settings_has_exactly_those_that_are_read(variables: set[str]) -> None:
    """Once with its default, once with its meaning."""
    for row in (r"^\| `([A-Z_]+)`", r"^\* `([A-Z_]+)`: "):
        assert sorted(re.findall(row, SETTINGS, re.MULTILINE)) == sorted(variables)


def test_a_setting_names_commands_that_exist_and_an_example_that_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The words of an example are no secrets of the other tests.
    monkeypatch.setattr("pipelines.project.settings.keep_secrets_of", lambda _: None)
    for _, variable, field in declared(Settings):
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        used_by = extra["used_by"]
        assert used_by, variable
        assert set(used_by) <= set(cli.commands), variable  # type: ignore[arg-type]
        (example,) = field.examples or [""]
        load_settings({"CLOCKIFY_WORKSPACE_ID": "w", variable: example})


@pytest.mark.parametrize("name", SETTINGS_PAGES)
def test_the_pages_of_settings_are_what_the_code_would_write(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == SETTINGS_PAGES[name](Settings), (
        f"docs/{name} is out of date: run `make docs`"
    )


@pytest.mark.parametrize("name", [*PAGES, *SETTINGS_PAGES])
def test_the_rows_of_a_generated_page_can_be_read_as_text(name: str) -> None:
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("|") and len(line) > 240]


def test_the_example_environment_has_exactly_the_settings_that_are_read(
    variables: set[str],
) -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)
    assert sorted(listed) == sorted(variables)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        if fragment:
            anchors = map(anchor, headings(linked.read_text(encoding="utf-8")))
            assert fragment in anchors, target


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_make_command_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    commands = re.findall(r"(?:`|^)make ([a-z]+)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(commands) <= targets


def test_a_commit_is_checked_as_make_check_does() -> None:
    config = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook["entry"] for repository in config["repos"] for hook in repository["hooks"]]
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe
    commands = [
        line.strip("\t@").replace("$(RUN)", ".venv/bin/python").replace("$(VENV)", ".venv")
        for line in recipe[1].splitlines()
    ]
    assert hooks == [command.removesuffix(" .") for command in commands]


def test_every_decision_is_listed_and_numbered_without_gaps() -> None:
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (DOCS / "adr").glob("0*.md"))
    assert re.findall(r"\((0\d+-[a-z-]+\.md)\)", index) == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))


def test_the_path_of_a_time_entry_is_ten_stops_at_most_and_each_is_a_folder() -> None:
    page = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
    walk = page.partition("## The path of one time entry")[2].partition("\n## ")[0]
    stops = re.findall(r"^\d+\. ((?:`[\w/]+`(?:, )?)+):", walk, re.MULTILINE)
    folders = [name for stop in stops for name in re.findall(r"`([\w/]+)`", stop)]
    assert len(stops) == len(re.findall(r"^\d+\. ", walk, re.MULTILINE)) <= 10
    assert not [name for name in folders if not (PROJECT / "pipelines" / name).is_dir()]
