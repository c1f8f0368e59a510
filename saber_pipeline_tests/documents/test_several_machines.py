"""docs/growing.md, "Runs on several machines": redis, Postgres, a Celery worker and Dagster's daemon, as it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tomllib
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.browser.dagster_ui import free_port
from saber_pipeline_tests.command_line.daemon import until
from saber_pipeline_tests.command_line.project import BIN, Project, new_project
from saber_pipeline_tests.documents.blocks import ROOT, blocks
from saber_pipeline_tests.documents.environments import environment_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline_tests.testbed.postgres import PostgresServer

PAGE = "docs/growing.md"
ENVIRONMENT = ROOT / ".venv" / "distributed"
PATIENCE_SECONDS = 900.0
COMMANDS = ("dagster", "dagster-daemon", "saber-pipeline")
K8S = "dagster-k8s~=0.29.27"
CHECK_VALUES = """
import json, sys
from dagster._config import process_config, resolve_to_config_type
from dagster_k8s import K8sRunLauncher
launcher = json.load(sys.stdin)
done = process_config(resolve_to_config_type(K8sRunLauncher.config_type()), launcher)
print([error.message for error in done.errors or ()])
"""


@pytest.fixture(scope="session")
def distributed() -> Path:
    """The commands of an environment with the extra ``distributed`` and Kubernetes' launcher, made once.

    It finds everything else here. Without these packages the other tests see what a user on one machine has.
    """
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    packages = [f"dagster=={version('dagster')}", *extras["distributed"], K8S]
    commands = environment_with(packages, ENVIRONMENT, options=["-c", str(ROOT / "constraints.txt")])
    for name in COMMANDS:  # by the Python of this environment
        script = re.sub(r"\A#!.*\n", f"#!{commands}/python\n", (BIN / name).read_text())
        ours = commands / name
        if not ours.exists() or ours.read_text() != script:  # another process may be running it
            ours.write_text(script)
            ours.chmod(0o755)
    return commands


@contextmanager
def running(script: str, project: Project, environment: dict[str, str], log: Path) -> Iterator[None]:
    """A block of the page that runs until it is ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=project.folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def once(script: str, project: Project, environment: dict[str, str], *, well: bool = True) -> str:
    """A block that ends by itself, and ``well``; what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0 or not well, f"{script}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def block(word: str) -> str:
    """The one block of the page that holds this word."""
    (found,) = [each.code for each in blocks(PAGE, "bash") if word in each.code]
    return found


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis is not installed (Debian's redis-server)")
def test_a_run_is_carried_out_by_a_worker(tmp_path: Path, distributed: Path, postgres_server: PostgresServer) -> None:
    """As the page leads there: the daemon hands a run to Celery, whose worker buys with the ledger in the database."""
    import psycopg  # noqa: PLC0415 - it may not be installed

    quick = SandboxSettings(processing_seconds=(0.0, 0.1), creation_spread_seconds=0.0)
    with RunningSandbox(quick) as sandbox, ExitStack() as stack:
        project = new_project(tmp_path / "project", sandbox.base_url, has_instance=False)
        project.write_list("accounts", ["acme.com", "globex.com"])
        database = postgres_server.url.rpartition("/")[0]
        with psycopg.connect(postgres_server.url, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS dagster WITH (FORCE)")
            connection.execute("CREATE DATABASE dagster")
        ledger = postgres_server.new_schema().reveal()
        environment = project.variables(PATH=f"{distributed}:{BIN}:/usr/bin:/bin", SABER_LEDGER_URL=ledger)
        once(block("init --distributed"), project, environment)
        services = project.folder / "services.env"
        redis = free_port()
        for name, value in {
            "DAGSTER_PG_PORT": str(postgres_server.port),
            "DAGSTER_PG_USERNAME": "saber",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis}/0",
            "CELERY_RESULT_BACKEND": f"redis://127.0.0.1:{redis}/1",
        }.items():
            text, found = re.subn(rf"^{name}=.*$", f"{name}={value}", services.read_text(), flags=re.MULTILINE)
            assert found == 1
            services.write_text(text)
        options = f"--port {redis} --bind 127.0.0.1 --save '' --appendonly no"
        stack.enter_context(running(f"exec redis-server {options}", project, environment, tmp_path / "redis.log"))
        stack.enter_context(running(block("worker start"), project, environment, tmp_path / "worker.log"))
        until(lambda: "ready." in (tmp_path / "worker.log").read_text(), "the worker is up", PATIENCE_SECONDS)
        doctor = block("set +a\nsaber-pipeline doctor")
        until(
            lambda: "1 worker with 2 places" in once(doctor, project, environment, well=False),
            "doctor counts the worker",
            PATIENCE_SECONDS,
        )
        stack.enter_context(running(block("dagster-daemon run"), project, environment, tmp_path / "daemon.log"))
        once(block("dagster job backfill"), project, environment)

        def ended() -> list[tuple[str, str]]:
            with psycopg.connect(f"{database}/dagster", autocommit=True) as connection:
                found = connection.execute("SELECT status, run_body FROM runs WHERE run_body LIKE '%celery/task_id%'")
                return [row for row in found.fetchall() if row[0] in ("SUCCESS", "FAILURE")]

        try:
            until(lambda: bool(ended()), "the run ends", PATIENCE_SECONDS)
        except AssertionError:
            pytest.fail((tmp_path / "worker.log").read_text()[-4000:] + (tmp_path / "daemon.log").read_text()[-4000:])
        assert [status for status, _ in ended()] == ["SUCCESS"], (tmp_path / "worker.log").read_text()[-4000:]
        assert sandbox.books()["signals"] == 4
        assert project.query("SELECT count(*) FROM latest_answers") == [(4,)]


@pytest.mark.slow
def test_the_values_for_kubernetes_fit_the_launcher(tmp_path: Path, distributed: Path) -> None:
    """What the chart's values give to the launcher is what its own configuration takes."""
    file = ROOT / "saber_pipeline" / "cli" / "starter" / "distributed" / "values.yaml"
    values = YAML(typ="safe").load(file)["runLauncher"]
    assert values["type"] == "K8sRunLauncher"
    given = {snake(name): value for name, value in values["config"]["k8sRunLauncher"].items()}
    given["env_secrets"] = [each["name"] for each in given["env_secrets"]]
    given["run_k8s_config"] = {snake(name): value for name, value in given["run_k8s_config"].items()}
    given |= {"service_account_name": "dagster", "instance_config_map": "dagster", "dagster_home": "/opt/dagster"}
    for wrong, said in (({}, "[]\n"), ({"image_pull": "Always"}, "image_pull")):
        done = subprocess.run(
            [distributed / "python", "-c", CHECK_VALUES],
            input=json.dumps(given | wrong),
            capture_output=True,
            text=True,
            check=True,
        )
        assert said in done.stdout, done.stdout


def snake(name: str) -> str:
    """As the chart's templates name it in dagster.yaml."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
