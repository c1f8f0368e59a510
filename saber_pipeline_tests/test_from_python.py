"""``saber_pipeline.plan``, ``run`` and ``read_answers``, each through a real run against the sandbox."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import saber_pipeline
from saber_pipeline.errors import ListError, QuestionsError, SpendingError, StorageError
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project

QUESTIONS = """questions:
  crm: {question: Which CRM does this company use?}
  headcount: {question: How many employees does this company have?, answer_type: number}
"""


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """One that answers everything at once."""
    quick = SandboxSettings(processing_seconds=(0.0, 0.1), not_known_share=0.0, failed_share=0.0)
    with RunningSandbox(quick) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one list, which is not the current folder."""
    made = new_project(tmp_path / "a project", sandbox.base_url)
    made.write_questions(QUESTIONS)
    made.write_list("accounts", ["acme.com", "globex.com", "initech.com"])
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SABER_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def test_plan_run_and_read_agree_and_buy_once(project: Project, sandbox: RunningSandbox) -> None:
    """The plan's price is what the run pays, the answers are read as a frame, and a second run buys nothing."""
    planned = saber_pipeline.plan("accounts", root=project.folder)
    assert (planned.pairs, int(planned.credits), planned.by_status["due"]) == (6, 6, 6)
    assert planned.due == {("accounts", "crm"): 3, ("accounts", "headcount"): 3}
    assert planned.balance is not None
    assert "6 are to be bought" in str(planned)
    assert sandbox.books()["signals"] == 0
    done = saber_pipeline.run("accounts", max_credits=6, root=project.folder)
    assert (done.pairs, done.by_outcome["answered"], done.signals_bought, done.credits_spent) == (6, 6, 6, 6)
    assert done.answers_file == project.data / "answers.duckdb"
    frame = saber_pipeline.read_answers("accounts", ["headcount"], root=project.folder)
    assert sorted(frame["domain"]) == ["acme.com", "globex.com", "initech.com"]
    assert list(frame.columns) == ["domain", "headcount"]
    assert frame["headcount"].notna().all()
    again = saber_pipeline.run("accounts", max_credits=6, root=project.folder)
    assert (again.signals_bought, again.by_outcome["owned"]) == (0, 6)
    assert sandbox.books()["signals"] == 6


@pytest.mark.slow
def test_in_a_notebook_there_is_a_loop_already(project: Project, sandbox: RunningSandbox) -> None:
    """Inside a running loop all three work, and an error of theirs is not tried a second time."""

    async def cell() -> int:
        saber_pipeline.plan(root=project.folder)
        with pytest.raises(SpendingError):
            saber_pipeline.run(max_credits=1, root=project.folder)
        saber_pipeline.run(questions=["crm"], max_credits=None, root=project.folder)
        return len(saber_pipeline.read_answers("accounts", root=project.folder))

    assert asyncio.run(cell()) == 3
    assert sandbox.books()["signals"] == 3


def test_what_cannot_be_done_is_told_as_the_commands_tell_it(project: Project, sandbox: RunningSandbox) -> None:
    """Too little money, a list that cannot be read beside one that can, an unknown question, nothing to read yet."""
    with pytest.raises(StorageError, match="nothing was asked"):
        saber_pipeline.read_answers("accounts", root=project.folder)
    with pytest.raises(QuestionsError, match="did you mean 'crm'"):
        saber_pipeline.plan(questions=["crn"], root=project.folder)
    with pytest.raises(SpendingError, match="Nothing was spent"):
        saber_pipeline.run(max_credits=5, root=project.folder)
    assert sandbox.books()["signals"] == 0
    (project.data / "domain_lists" / "broken.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ListError, match="the run continued with the others") as caught:
        saber_pipeline.run(max_credits=6, root=project.folder)
    assert "broken" in str(caught.value)
    assert len(saber_pipeline.read_answers("accounts", root=project.folder)) == 3


def test_every_name_is_there_and_importing_them_loads_no_dagster() -> None:
    """Each name of ``__all__`` can be had and says what it is; the package itself and ``run`` load no Dagster."""
    for name in saber_pipeline.__all__:
        assert name == "__version__" or getattr(saber_pipeline, name).__doc__
    code = "import sys, saber_pipeline; a = len(sys.modules); saber_pipeline.run; print(a, 'dagster' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert int(printed[0]) < 200
    assert printed[1] == "False"
