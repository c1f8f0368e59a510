"""``saber-pipeline`` itself: its help, its exit codes, and what it costs to start."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from saber_pipeline.cli import main
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import ROOT

COMMANDS = ["init", "doctor", "add", "lists", "plan", "run", "status", "answers", "export"]
COMMANDS += ["report", "webhooks", "sandbox", "rebuild", "move-ledger", "share", "schemas"]
HEAVY = {"dagster", "pandas", "duckdb", "rich", "sqlalchemy", "httpx", "starlette", "matplotlib"}


def test_help_lists_the_commands_in_their_order_and_the_exit_codes() -> None:
    """Somebody who types --help sees every command whole, and what each exit code means."""
    shown = saber_pipeline("--help").stdout
    lines = shown[shown.index("Commands:") :].splitlines()[1:]
    assert [line.split()[0] for line in lines[: len(COMMANDS)]] == COMMANDS
    assert not any(line.endswith("...") for line in lines)
    for code in ("0", "1", "2", "3", "4", "130"):
        assert re.search(rf"^ +{code}  \S", shown, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """Each command's --help has a sentence about it and one about each of its options."""
    shown = saber_pipeline(command, "--help")
    assert shown.exit_code == 0
    assert f"saber-pipeline {command}" in shown.stdout
    found = main.get_command(click.Context(main), command)
    assert found is not None
    assert all(option.help for option in found.params if isinstance(option, click.Option))


def test_help_loads_nothing_that_is_slow() -> None:
    """--help imports neither Dagster nor anything else that takes its time."""
    code = (
        "import sys; from saber_pipeline.cli import main; main(['run', '--help'], standalone_mode=False); "
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("words", "told"), [([], "a variable, a circle"), (["run", "--help"], "a variable")])
def test_a_command_ends_without_a_last_search_for_garbage(words: list[str], told: str) -> None:
    """What is in a circle is left to the system, a tenth of a short command's time; what is in none is given up."""
    code = f"""
from saber_pipeline.cli import main
class Told:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("given up:", self.name, flush=True)
def work():
    variable, circle = Told("a variable"), Told("a circle")
    circle.itself = circle
try:
    {words} and main({words})
finally:
    work()
"""
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = shown.stdout.splitlines()
    assert ", ".join(line.removeprefix("given up: ") for line in lines if line.startswith("given up: ")) == told


def test_a_command_typed_wrongly_has_exit_code_2() -> None:
    """A misspelt command or option does nothing and says so."""
    assert saber_pipeline("pln").exit_code == 2
    assert saber_pipeline("run", "--max-credits", "many").exit_code == 2
    assert saber_pipeline("run", "--force-refresh", "--collect-only").exit_code == 2


def test_a_closed_output_is_no_error(tmp_path: Path) -> None:
    """Closed by a shell or a scheduler; a file that is opened later must not get the number of the output."""
    (tmp_path / "data").mkdir()
    command = Path(sys.executable).with_name("saber-pipeline")
    closed = subprocess.run(
        ["sh", "-c", f"'{command}' doctor >&-"], cwd=tmp_path, check=False, stderr=subprocess.PIPE, text=True
    )
    assert "Traceback" not in closed.stderr
    shown = subprocess.run(["sh", "-c", f"'{command}' doctor >&- 2>&-"], cwd=tmp_path, check=False)
    assert closed.returncode == shown.returncode == 1
