"""docs/existing-dagster.md, followed as its reader follows it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from ruamel.yaml import YAML

from saber_pipeline.definitions.component import DEFS_YAML
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.browser.dagster_ui import free_port
from saber_pipeline_tests.command_line.daemon import PATIENCE_SECONDS, until
from saber_pipeline_tests.command_line.project import BIN, Project, new_project
from saber_pipeline_tests.documents.blocks import ROOT, blocks
from saber_pipeline_tests.documents.environments import environment_with

PAGE = "docs/existing-dagster.md"
FILE = re.compile(r"(?:#|--) (?P<path>[\w/]+\.(?:py|yml|yaml|sql))\n")
DBT_ENVIRONMENT = ROOT / ".venv" / "dbt"
yaml = YAML(typ="safe")


def block_of(path: str) -> str:
    """The block of the page that begins with the name of this file."""
    (found,) = [block.code for block in blocks(PAGE) if block.code.startswith((f"# {path}\n", f"-- {path}\n"))]
    return found


def commands(word: str) -> list[list[str]]:
    """The commands of the one block of the page that holds this word."""
    (found,) = [block.code for block in blocks(PAGE, "bash") if word in block.code]
    return [shlex.split(line) for line in found.splitlines()]


@pytest.mark.slow
def test_the_merged_deployment_runs(tmp_path: Path) -> None:
    """The page's definitions.py loads, and each of its commands succeeds, down to the foreign asset."""
    with RunningSandbox() as sandbox:
        project = new_project(tmp_path / "project", sandbox.base_url)
        project.write_list("my_accounts", ["acme.com", "globex.com"])
        (project.folder / "definitions.py").write_text(block_of("definitions.py"), encoding="utf-8")
        for line in commands("-f definitions.py"):
            ended = project.run(*line)
            assert ended.exit_code == 0, ended.printed
        assert project.query("SELECT count(*) FROM signals WHERE question_key = 'uses_salesforce'") == [(2,)]


def test_the_component_is_written_as_the_page_shows_it() -> None:
    """What `dg scaffold` writes is the block of the page."""
    shown_yaml = next(block.code for block in blocks(PAGE, "yaml") if "SaberQuestions" in block.code)
    written = DEFS_YAML.format(type_name="saber_pipeline.SaberQuestions", data_dir="data/accounts")
    assert shown_yaml.strip() == written.strip()


def test_the_workspace_of_another_deployment_loads_it(tmp_path: Path) -> None:
    """The entry and the file of the page, with this machine's folder and Python, load from a folder of others."""
    project, elsewhere = new_project(tmp_path / "srv", "http://127.0.0.1:9"), tmp_path / "deployment"
    elsewhere.mkdir()
    here = {"/srv/saber/.venv/bin/python": sys.executable, "/srv/saber": str(project.folder)}
    for file in (elsewhere / "workspace.yaml", project.folder / "location.py"):
        text = block_of(file.name)
        for theirs, ours in here.items():
            text = text.replace(theirs, ours)
        file.write_text(text, encoding="utf-8")
    ended = Project(elsewhere).run("dagster", "definitions", "validate", "-w", "workspace.yaml")
    assert ended.exit_code == 0, ended.printed
    assert "Validation successful for code location saber_pipeline" in ended.printed


def test_the_agent_starts_the_same_file() -> None:
    """Dagster+ is told of the file and the Python of the workspace."""
    ((agent,),) = [yaml.load(StringIO(block_of("dagster_cloud.yaml"))).values()]
    ((entry,),) = [yaml.load(StringIO(block_of("workspace.yaml"))).values()]
    (location,), ((loaded,),) = agent, [each.values() for each in entry]
    assert location["code_source"] == {"python_file": loaded["relative_path"]}
    assert {name: location[name] for name in ("location_name", "executable_path")} == {
        name: loaded[name] for name in ("location_name", "executable_path")
    }


@pytest.mark.slow
def test_the_container_serves_the_definitions(tmp_path: Path) -> None:
    """The command of the Dockerfile, on a port that is free here, answers as the workspace expects it to."""
    (dockerfile,) = (block.code for block in blocks(PAGE, "dockerfile"))
    command = re.search(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert command is not None
    words = [word.strip('"') for word in command[1].strip("[]").split(", ")]
    port = str(free_port())
    words = [port if word == "4000" else "127.0.0.1" if word == "0.0.0.0" else word for word in words]  # noqa: S104
    assert port in words
    assert "port: 4000" in block_of("workspace.yaml, with a container")
    project = new_project(tmp_path / "srv", "http://127.0.0.1:9")
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(
            [BIN / words[0], *words[1:]], cwd=project.folder, env=project.variables(), stdout=log, stderr=log
        )
    try:
        check = ["dagster", "api", "grpc-health-check", "--port", port, "--host", "127.0.0.1"]
        until(lambda: serving.poll() is not None or project.run(*check).exit_code == 0, "the definitions are served")
        assert serving.poll() is None, (tmp_path / "log").read_text()
    finally:
        serving.terminate()
        serving.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def dbt() -> Path:
    """The folder of the commands of an environment with dbt and dagster-dbt, made once; it finds everything else here.

    Apart from the others, because dbt brings older versions of what lint needs.
    """
    (words,) = [line for line in commands("dbt parse") if line[:3] == ["python", "-m", "pip"]]
    return environment_with([f"dagster=={version('dagster')}", *words[words.index("install") + 1 :]], DBT_ENVIRONMENT)


@pytest.mark.slow
def test_dbt_builds_models_behind_the_questions(tmp_path: Path, dbt: Path) -> None:
    """The page's dbt project and definitions run as they stand: Dagster draws the model behind its question."""
    with RunningSandbox() as sandbox:
        project = new_project(tmp_path / "project", sandbox.base_url)
        project.write_list("my_accounts", [f"company{number}.com" for number in range(12)])
        for block in blocks(PAGE):
            named = FILE.match(block.code)
            if named is not None and ("analytics/" in named["path"] or named["path"] == "with_dbt.py"):
                file = project.folder / named["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.code, encoding="utf-8")
        (script,) = [block.code for block in blocks(PAGE, "bash") if "dbt parse" in block.code]
        own = script.partition("\n")[2].replace("dagster asset", "python -m dagster asset")
        environment = project.variables(PATH=f"{dbt}:{BIN}:/usr/bin:/bin", DBT_SEND_ANONYMOUS_USAGE_STATS="false")
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", own],
            cwd=project.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1_500,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
        look = (
            "import dagster as dg, json; from with_dbt import defs; graph = defs.resolve_asset_graph(); "
            "print(json.dumps([key.path for key in graph.get(dg.AssetKey('salesforce_users')).parent_keys]))"
        )
        drawn = subprocess.run(
            [dbt / "python", "-c", look],
            cwd=project.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert drawn.stdout.strip().splitlines()[-1] == '[["saber", "answers", "uses_salesforce"]]'
    users = project.query("SELECT subject FROM questions.uses_salesforce WHERE value ORDER BY ALL")
    with duckdb.connect(str(project.folder / "analytics" / "analytics.duckdb"), read_only=True) as con:
        assert con.execute("SELECT domain FROM salesforce_users ORDER BY ALL").fetchall() == users
    assert users
