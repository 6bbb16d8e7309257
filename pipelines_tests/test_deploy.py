"""The files of ``deploy/``: valid as far as that can be seen without Docker and a cluster, and in agreement."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from pipelines.project.folder import PROJECT

DEPLOY = PROJECT / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = DEPLOY / "celery" / "compose.yaml"
CELERY_HOME = DEPLOY / "celery"
VALUES = DEPLOY / "kubernetes" / "values.yaml"
BIN = Path(sys.executable).parent

#: The keys of Dagster's chart 1.13 that the values set, as its documentation has them; below these anything goes.
CHART: dict[str, Any] = {
    "dagster-user-deployments": {"enabled": bool, "deployments": list},
    "runLauncher": {"type": str, "config": {"k8sRunLauncher": dict}},
    "computeLogManager": {"type": str},
    "concurrency": {
        "enabled": bool,
        "pools": {"defaultLimit": int, "granularity": str},
        "runs": {"maxConcurrentRuns": int},
    },
    "dagsterDaemon": {"runMonitoring": dict, "runRetries": dict},
    "retention": {"enabled": bool, "schedule": dict, "sensor": dict},
    "telemetry": {"enabled": bool},
}
CHART_DEPLOYMENT = {
    "name": str,
    "image": {"repository": str, "tag": str, "pullPolicy": str},
    "dagsterApiGrpcArgs": list,
    "port": int,
    "envSecrets": list,
    "includeConfigInLaunchedRuns": {"enabled": bool},
}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def misfits(values: Any, schema: Any, where: str = "") -> list[str]:
    """Where ``values`` has a key or a type that ``schema`` does not have."""
    if not isinstance(schema, dict):
        return [] if isinstance(values, schema) else [where]
    return [
        misfit
        for key, value in values.items()
        for misfit in (
            misfits(value, schema[key], f"{where}/{key}") if key in schema else [f"{where}/{key}"]
        )
    ]


def lint(*command: str) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_passes_its_linter() -> None:
    lint("hadolint", "--failure-threshold", "info", str(DOCKERFILE))


def test_what_the_dockerfile_copies_is_there_and_not_ignored() -> None:
    """And nothing else is in reach of the build: no credentials, no data."""
    lines = re.findall(r"^COPY (.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    for name in copied:
        assert (PROJECT / name).exists(), name


def test_the_compose_file_is_valid() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))


def test_compose_and_procfile_start_the_same_programs() -> None:
    lines = (CELERY_HOME / "Procfile").read_text(encoding="utf-8").splitlines()
    programs = dict(line.split(": ", 1) for line in lines)
    services = load(COMPOSE)["services"]
    for role, command in programs.items():
        # In a container the address of the machine is not the container's own.
        local = services[role]["command"].replace("--host 0.0.0.0", "--host 127.0.0.1")
        assert local == command, role


def test_the_instance_of_many_machines_is_configured_like_that_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dagster accepts it, and what both have is the same, but for what the comments explain."""
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql://u:p@localhost/d")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://localhost:6379/0")
    dagster_instance_config(str(CELERY_HOME))
    many, one = load(CELERY_HOME / "dagster.yaml"), load(PROJECT / "dagster.yaml")
    for section in ("telemetry", "nux", "retention", "concurrency"):
        assert many[section] == one[section], section
    assert many["run_monitoring"].pop("start_timeout_seconds") > 180
    assert many["run_monitoring"] == one["run_monitoring"]
    assert many["run_retries"]["retry_on_asset_or_op_failure"] is False


def test_as_many_runs_are_launched_as_the_workers_of_compose_can_have() -> None:
    config = load(CELERY_HOME / "dagster.yaml")
    each = config["run_launcher"]["config"]["config_source"]["worker_concurrency"]
    workers = load(COMPOSE)["services"]["worker"]["deploy"]["replicas"]
    assert config["concurrency"]["runs"]["max_concurrent_runs"] == each * workers


def test_the_helm_values_have_only_keys_of_the_chart() -> None:
    values = load(VALUES)
    assert misfits(values, CHART) == []
    for deployment in values["dagster-user-deployments"]["deployments"]:
        assert misfits(deployment, CHART_DEPLOYMENT) == []


def test_the_helm_values_say_how_long_each_kind_of_tick_is_kept() -> None:
    """The chart refuses a list that lacks one."""
    for ticks in ("schedule", "sensor"):
        kinds = load(VALUES)["retention"][ticks]["purgeAfterDays"]
        assert set(kinds) == {"started", "skipped", "failure", "success"}, ticks


def test_the_cluster_has_the_limits_of_the_instance() -> None:
    values, instance = load(VALUES), load(CELERY_HOME / "dagster.yaml")
    pools, monitoring = values["concurrency"]["pools"], values["dagsterDaemon"]["runMonitoring"]
    assert pools["defaultLimit"] == instance["concurrency"]["pools"]["default_limit"]
    assert pools["granularity"] == instance["concurrency"]["pools"]["granularity"]
    for name, value in instance["run_monitoring"].items():
        assert monitoring[camel(name)] == value, name
    for name, value in instance["run_retries"].items():
        assert values["dagsterDaemon"]["runRetries"][camel(name)] == value, name


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
