"""A ledger that is not the newest buys nothing from the command line, which names the cure; the cure works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from saber_pipeline.purchasing.batch_purchases import BatchSender
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import Typed, saber_pipeline
from saber_pipeline_tests.command_line.project import Project


@dataclass(frozen=True)
class Bought:
    """A project in which two runs have bought, and what backups have of its ledger."""

    project: Project
    sandbox: RunningSandbox
    backups: Path

    def purchases(self) -> list[int]:
        """How often each pair was bought."""
        return [pair["fresh"] for pair in self.sandbox.books()["pairs"]]


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bought]:
    """Bought once for all tests of this file, which leave it as it was."""
    folder = tmp_path_factory.mktemp("copies")
    backups = folder / "backups"
    with RunningSandbox(QUICK) as sandbox, pytest.MonkeyPatch.context() as patch:
        elsewhere = enter(folder / "elsewhere", sandbox.base_url, patch)
        elsewhere.write_list("accounts", ["umbrella.com"])
        run()
        shutil.copytree(elsewhere.data / "ledger", backups / "of another project")
        project = enter(folder / "project", sandbox.base_url, patch)
        run("accounts")
        shutil.copytree(project.data / "ledger", backups / "older")
        send = BatchSender._note_sync  # noqa: SLF001 - right after a purchase, in the middle of the run

        async def copy_then_send(*arguments: object) -> None:
            shutil.copytree(project.data / "ledger", backups / "from within the run", dirs_exist_ok=True)
            await send(*arguments)  # type: ignore[arg-type]

        patch.setattr(BatchSender, "_note_sync", copy_then_send)
        run("prospects")
        assert (backups / "from within the run").is_dir()
        yield Bought(project, sandbox, backups)


@pytest.fixture
def spoilt(bought: Bought, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the project for one test to spoil, the current one."""
    shutil.copytree(bought.project.folder, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(tmp_path / "project")
    for name, value in bought.project.environment.items():
        monkeypatch.setenv(name, value)
    return Project(tmp_path / "project", bought.project.environment)


def run(*lists: str) -> Typed:
    return saber_pipeline("run", *lists, "--yes")


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("how", ["missing", "empty", "older", "from within the run", "of another project"])
@pytest.mark.slow
def test_a_ledger_that_is_not_the_newest(bought: Bought, spoilt: Project, how: str) -> None:
    """The run is refused with the cure, having bought nothing; with the cure it goes on, and buys nothing twice."""
    purchases = bought.purchases()
    ledger = spoilt.data / "ledger"
    shutil.rmtree(ledger)
    if how == "empty":
        ledger.mkdir()
        (ledger / "ledger.sqlite").touch()
    elif how != "missing":
        shutil.copytree(bought.backups / how, ledger)
    refused = run()
    assert refused.exit_code != 0
    assert "saber-pipeline rebuild --accept-ledger" in refused.stdout + refused.stderr
    assert bought.purchases() == purchases
    assert saber_pipeline("rebuild", "--accept-ledger").exit_code == 0
    assert run().exit_code == 0
    assert bought.purchases() == purchases
    assert len(spoilt.query("SELECT DISTINCT question_key, subject FROM latest_answers")) == 8


@pytest.mark.slow
@pytest.mark.parametrize("part", ["landing", "warehouse", "landing and warehouse"])
def test_what_is_lost_beside_the_ledger(bought: Bought, spoilt: Project, part: str) -> None:
    """Landing or warehouse or both are lost: the next run goes on by itself, loses no answer and buys nothing twice."""
    purchases = bought.purchases()
    for folder in part.split(" and "):
        shutil.rmtree(spoilt.data / folder)
    assert run().exit_code == 0
    assert bought.purchases() == purchases
    assert len(spoilt.query("SELECT DISTINCT question_key, subject FROM latest_answers")) == 8
