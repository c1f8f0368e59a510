"""What a shell offers behind Tab, by the protocol that each shell speaks."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from saber_pipeline.cli import main
from saber_pipeline_tests.cli.typed_commands import PATIENCE_SECONDS
from saber_pipeline_tests.command_line.project import ROOT, Project, new_project

QUESTIONS = """
questions:
  crm: {question: Which CRM do they use?}
  cloud: {question: Which cloud do they use?}
  role: {question: What is this person's role?, about: contact}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with lists and questions of both kinds; the current folder and environment are its own."""
    made = new_project(tmp_path / "a project", "http://127.0.0.1:9")
    made.write_questions(QUESTIONS)
    made.write_list("accounts", ["acme.com"])
    made.write_list("archive", ["globex.com"])
    people = made.data / "contact_lists"
    people.mkdir()
    (people / "leads.csv").write_text("contact_profile_url\nhttps://www.linkedin.com/in/a\n")
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def offered(line: str, shell: str = "bash") -> list[str]:
    """The lines that a shell reads when Tab is pressed at the end of ``line``."""
    words = line.split(" ")
    typed = {"COMP_WORDS": line, "COMP_CWORD": words[-1] if shell == "fish" else str(len(words) - 1)}
    asked = {"_SABER_PIPELINE_COMPLETE": f"{shell}_complete", **typed}
    told = CliRunner().invoke(main, [], prog_name="saber-pipeline", env=asked)
    assert (told.exit_code, told.stderr) == (0, "")
    return told.stdout.split("\n")[:-1] if told.stdout.strip() else []


@pytest.mark.usefixtures("here")
@pytest.mark.slow
def test_names_and_keys_are_offered() -> None:
    """Lists by their names, questions by their keys, what is typed already left out, each command its own kind."""
    assert offered("saber-pipeline plan ") == ["plain,accounts", "plain,archive", "plain,leads"]
    assert offered("saber-pipeline plan accounts a") == ["plain,archive"]
    assert offered("saber-pipeline run --contacts ") == ["plain,leads"]
    assert offered("saber-pipeline lists ar") == ["plain,archive"]
    assert offered("saber-pipeline answers ") == ["plain,accounts", "plain,archive", "plain,leads"]
    assert offered("saber-pipeline export ") == ["plain,accounts", "plain,archive"]
    assert offered("saber-pipeline plan -q c") == ["plain,crm", "plain,cloud"]
    assert offered("saber-pipeline run accounts --question crm --question ") == ["plain,cloud", "plain,role"]
    assert offered("saber-pipeline plan --contacts -q ") == ["plain,role"]
    assert offered("saber-pipeline export accounts -q ") == ["plain,crm", "plain,cloud"]
    assert "plain,--all-columns" in offered("saber-pipeline answers accounts --")


@pytest.mark.usefixtures("here")
def test_zsh_and_fish_show_what_each_is() -> None:
    """Beside a key stands its question, beside a list what it is a list of."""
    assert offered("saber-pipeline plan -q cl", "zsh") == ["plain", "cloud", "Which cloud do they use?"]
    assert offered("saber-pipeline plan l", "fish") == ["plain,leads\ta list of contacts"]


def test_where_nothing_can_be_read_nothing_is_offered(
    here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions with mistakes, settings with mistakes and a folder that is no project end in silence."""
    here.write_questions("questions: [")
    assert offered("saber-pipeline plan -q ") == []
    monkeypatch.setenv("SABER_BASE_URL", "nonsense")
    assert offered("saber-pipeline plan ") == []
    monkeypatch.delenv("SABER_BASE_URL")
    monkeypatch.chdir(tmp_path)
    assert offered("saber-pipeline plan ") == []
    assert offered("saber-pipeline plan -q ") == []


def documented(shell: str) -> str:
    """What docs/command-line.md tells people to put into their shell's file."""
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| {shell} \|.*\| `(.+)` \|$", page, re.MULTILINE)
    return str(line).replace(r"\|", "|")  # as a cell of a table has it


def without(shell: str) -> pytest.MarkDecorator:
    """Skips a test where the shell is not installed."""
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell} here")


def as_a_user(here: Project, **extra: str) -> dict[str, str]:
    """The environment of a shell that finds the installed command."""
    return replace(here, is_warm=False).shell_variables(**extra)


def told_by(here: Project, *command: str) -> list[str]:
    """The lines that a shell prints."""
    told = subprocess.run(
        command, cwd=here.folder, env=as_a_user(here), capture_output=True, text=True, check=True, timeout=120
    )
    return told.stdout.splitlines()


@without("bash")
def test_bash_completes_as_the_page_installs_it(here: Project) -> None:
    """The line of docs/command-line.md defines a function that bash calls, and its words are the names."""
    script = (
        f"{documented('bash')}\n"
        "COMP_WORDS=(saber-pipeline plan ac) COMP_CWORD=2\n"
        "_saber_pipeline_completion saber-pipeline\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    assert told_by(here, "bash", "--norc", "-c", script) == ["accounts"]


@without("fish")
def test_fish_completes_as_the_page_installs_it(here: Project) -> None:
    """After the line of docs/command-line.md fish offers lists and keys, each with what it is."""
    script = (
        f"{documented('fish')}\n"
        "complete -C 'saber-pipeline plan a'\n"
        "echo and\n"
        "complete -C 'saber-pipeline plan accounts -q c'\n"
    )
    assert told_by(here, "fish", "--no-config", "-c", script) == [
        "accounts\ta list of companies",
        "archive\ta list of companies",
        "and",
        "cloud\tWhich cloud do they use?",
        "crm\tWhich CRM do they use?",
    ]


@without("zsh")
@pytest.mark.slow
def test_zsh_completes_as_the_page_installs_it(here: Project, tmp_path: Path) -> None:
    """With the line of docs/command-line.md below compinit, Tab writes the one name that fits, and shows several."""
    (tmp_path / ".zshrc").write_text(
        f"PROMPT='ready> '\nautoload -Uz compinit && compinit -D -u\n{documented('zsh')}\n"
    )
    screen = typed_in_zsh(
        here,
        tmp_path,
        ("ready> ", "saber-pipeline plan ac\t"),
        ("plan accounts", " -q cl\t"),
        ("-q cloud", "\x15saber-pipeline plan a\t\t"),
        ("archive", "\x15exit\n"),
    )
    what = r"\s+-- a list of companies\s"  # zsh writes it once where two names have it
    assert re.search(rf"accounts(?:{what})?\s*archive{what}", screen), screen


def typed_in_zsh(here: Project, home: Path, *steps: tuple[str, str]) -> str:
    """What stands on the terminal of an interactive zsh: each step's text is waited for, then its keys are typed."""
    ours, theirs = pty.openpty()
    environment = as_a_user(here, ZDOTDIR=str(home), TERM="dumb", COLUMNS="120")
    shell = subprocess.Popen(
        ["zsh", "-i"],
        cwd=here.folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    waiting, screen, seen = list(steps), "", 0
    give_up = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < give_up:
            if select.select([ours], [], [], 1.0)[0]:
                try:
                    screen += os.read(ours, 65536).decode(errors="replace")
                except OSError:  # how Linux says that the other end is closed
                    break
            if waiting and (place := screen.find(waiting[0][0], seen)) >= 0:
                seen = place + len(waiting[0][0])
                os.write(ours, waiting.pop(0)[1].encode())
    finally:
        os.close(ours)
        shell.kill()
        shell.wait()
    assert not waiting, screen
    return screen
