"""What a shell offers behind Tab, by the protocol that each shell speaks."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from saber_pipeline.cli import main
from saber_pipeline_tests.command_line.project import BIN, ROOT, Project, new_project

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


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_as_the_page_installs_it(here: Project) -> None:
    """The line of docs/command-line.md defines a function that bash calls, and its words are the names."""
    (line,) = re.findall(r"^\| bash \|.*`(eval .+)` \|$", (ROOT / "docs/command-line.md").read_text(), re.MULTILINE)
    script = (
        f"{line}\n"
        "COMP_WORDS=(saber-pipeline plan ac) COMP_CWORD=2\n"
        "_saber_pipeline_completion saber-pipeline\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    environment = here.variables()
    environment["PATH"] = f"{BIN}:{environment['PATH']}"
    told = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=here.folder, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["accounts"]
