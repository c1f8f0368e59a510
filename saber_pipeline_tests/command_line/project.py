"""A project folder of its own, driven by the commands that CONTRACT.md names, over real HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from saber_pipeline_tests.testbed import warm
from saber_pipeline_tests.testbed.made_once import made_once

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TIMEOUT_SECONDS = 240

QUESTIONS = """
questions:
  uses_salesforce:
    question: Does this company use Salesforce?
    answer_type: boolean
  crm:
    question: Which CRM does this company use?
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, and all it printed without colours."""

    exit_code: int
    printed: str

    @property
    def failure(self) -> str:
        """The description of the Failure that ended the run, empty where there is none."""
        found = re.search(r"definitions\.events\.Failure: (.+?)\n\n", self.printed, re.DOTALL)
        return found[1] if found else ""


@dataclass
class Project:
    """A folder with ``dagster.yaml``, ``workspace.yaml`` and ``data``, and how to run commands in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    is_warm: bool = warm.IS_POSSIBLE  # its commands are forked with everything imported; False: as a user begins them

    @property
    def data(self) -> Path:
        """``SABER_DATA_DIR``, left at its default."""
        return self.folder / "data"

    @property
    def answers(self) -> Path:
        """What analysts open."""
        return self.data / "answers.duckdb"

    def write_list(self, name: str, domains: Sequence[str]) -> Path:
        """A CSV with one column."""
        path = self.data / "domain_lists" / f"{name}.csv"
        path.write_text("\n".join(["domain", *domains]) + "\n", encoding="utf-8")
        return path

    def write_questions(self, text: str) -> None:
        """The questions file."""
        (self.data / "questions.yaml").write_text(text, encoding="utf-8")

    def variables(self, **extra: str) -> dict[str, str]:
        """The environment of a command: nothing of the machine's own settings."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SABER_", "DAGSTER_"))}
        return {**inherited, **self.environment, **extra, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}

    def shell_variables(self, **extra: str) -> dict[str, str]:
        """The environment of a shell that finds ``dagster``, ``saber-pipeline`` and ``python``."""
        folders = [warm.commands()] if self.is_warm else []
        path = os.pathsep.join([*map(str, folders), str(BIN), os.environ["PATH"]])
        return self.variables(PATH=path, **extra)

    def run(self, *command: str, **extra: str) -> Ended:
        """Run a command of the virtual environment to its end."""
        arguments = [str(BIN / command[0]), *command[1:]]
        with tempfile.TemporaryFile() as output:
            process: subprocess.Popen[bytes] | warm.Process
            if self.is_warm:
                process = warm.start(arguments, self.folder, self.variables(**extra), output)
            else:
                process = subprocess.Popen(
                    arguments, cwd=self.folder, env=self.variables(**extra), stdout=output, stderr=output
                )
            try:
                code = process.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            output.seek(0)
            printed = output.read().decode()
        return Ended(code, re.sub(r"\x1b\[[0-9;]*m", "", printed))

    def materialize(
        self, select: str, partition: str | None = None, config: dict[str, Any] | None = None, **extra: str
    ) -> Ended:
        """``dagster asset materialize`` as CONTRACT.md writes it."""
        command = ["dagster", "asset", "materialize", "-m", "saber_pipeline.definitions", "--select", select]
        if partition is not None:
            command += ["--partition-range" if "..." in partition else "--partition", partition]
        if config is not None:
            command += ["--config-json", json.dumps({"ops": {"answers": {"config": config}}})]
        return self.run(*command, **extra)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published database."""
        with duckdb.connect(str(self.answers), read_only=True) as con:
            return con.execute(sql).fetchall()


def new_project(folder: Path, base_url: str, *, has_instance: bool = True) -> Project:
    """A project that talks to ``base_url``, with the two questions above and no list yet.

    ``has_instance``: with an empty Dagster instance, which its first command would make otherwise.
    """
    (folder / "data" / "domain_lists").mkdir(parents=True)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(ROOT / name, folder / name)
    project = Project(folder, environment(base_url))
    if has_instance:
        shutil.copytree(_empty_instance(), folder / ".dagster")
    project.write_questions(QUESTIONS)
    return project


def _empty_instance() -> Path:
    """What Dagster's storage takes a second to make, made once."""
    return made_once("instance", _make_instance) / ".dagster"


def _make_instance(folder: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", folder)
    made = Project(folder).run("dagster", "instance", "info", DAGSTER_HOME=str(folder))
    assert made.exit_code == 0, made.printed
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)  # as our own commands make it


def environment(base_url: str) -> dict[str, str]:
    """The settings of a project that talks to ``base_url``."""
    return {"SABER_API_KEY": "sk_test_command_line", "SABER_BASE_URL": base_url, "SABER_COLLECT_LAG_SECONDS": "1"}
