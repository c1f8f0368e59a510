"""docs/deployment.md and docs/running.md: a server set up, backed up and scheduled as they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.partitions import register
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.browser.dagster_ui import answers_at, free_port
from saber_pipeline_tests.command_line.daemon import end, until
from saber_pipeline_tests.command_line.project import BIN, QUESTIONS, Project, environment
from saber_pipeline_tests.documents.blocks import Block, blocks, run_block

DEPLOYMENT, RUNNING = "docs/deployment.md", "docs/running.md"
SERVER_FOLDER = "/srv/saber"
USUAL_PORT = "3000"


def typed(block: Block, project: Project) -> None:
    """Type a block in the project's folder."""
    run_block(block, project.folder, project.shell_variables())


@contextmanager
def service(unit: Block, project: Project, port: str) -> Iterator[None]:
    """What a unit starts, in the project's folder and on a free port in place of the server's, until the block ends."""
    (command,) = re.findall(r"^ExecStart=(.+)$", unit.code, re.MULTILINE)
    (home,) = re.findall(r"^Environment=DAGSTER_HOME=(.+)$", unit.code, re.MULTILINE)
    assert re.findall(r"^WorkingDirectory=(.+)$", unit.code, re.MULTILINE) == [home] == [SERVER_FOLDER]
    program, *arguments = shlex.split(command.replace(USUAL_PORT, port))
    process = subprocess.Popen(
        [str(BIN / Path(program).name), *arguments],
        cwd=project.folder,
        env=project.variables(DAGSTER_HOME=str(project.folder)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        end(process)


def buy_all(project: Project, sandbox: RunningSandbox, *, signals: int) -> None:
    """Ask both lists everything; so many signals were bought in all after that."""
    assert project.materialize("group:answers", "accounts...prospects").exit_code == 0
    assert sandbox.books()["signals"] == signals


@pytest.mark.parametrize("is_served", [False, True], ids=["by hand", "served"])
@pytest.mark.slow
def test_a_server_works_as_the_pages_say(
    tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, *, is_served: bool
) -> None:
    """Set up, served, scheduled, backfilled by force, backed up and rebuilt, each with the commands of the pages.

    Two lists that share a company, two questions: the forced backfill, a run for each list, buys every pair anew and
    none of them twice, what comes after it buys nothing, and three new companies buy exactly theirs. By hand, nothing
    serves or runs beside the commands, so there is no backfill.
    """
    folder = tmp_path / "srv"
    folder.mkdir()
    project = Project(folder, environment(sandbox.base_url))
    set_up, is_alive, back_up, rebuild, look = blocks(DEPLOYMENT, "bash")
    switch_on, collect, collect_people, backfill = blocks(RUNNING, "bash")
    typed(set_up, project)
    project.write_questions(QUESTIONS)
    for path in (folder / "data" / "domain_lists").iterdir():
        path.unlink()
    project.write_list("accounts", ["acme.com", "globex.com", "initech.com"])
    project.write_list("prospects", ["initech.com", "hooli.com"])
    monkeypatch.chdir(folder)
    with dg.DagsterInstance.from_config(str(folder)) as instance, ExitStack() as stack:
        register(instance, COMPANIES, ["accounts", "prospects"])
        port = str(free_port())
        for unit in blocks(DEPLOYMENT, "ini") if is_served else ():  # the pages, and the daemon
            stack.enter_context(service(unit, project, port))
        typed(collect, project)  # there is nothing to collect yet, and that is fine
        typed(collect_people, project)
        buy_all(project, sandbox, signals=8)
        typed(switch_on, project)
        bought = 8
        if is_served:
            until(lambda: answers_at(f"http://127.0.0.1:{port}/server_info"), "the pages answer")
            typed(backfill, project)
            forced = dg.RunsFilter(tags={"saber/force_refresh": "true"})
            until(lambda: [run.is_finished for run in instance.get_runs(forced)] == [True, True], "the backfill ended")
            assert all(run.is_success for run in instance.get_runs(forced))
            assert [pair["fresh"] for pair in sandbox.books()["pairs"]] == [2] * 8
            bought = 16
            buy_all(project, sandbox, signals=bought)
        project.write_list("accounts", ["acme.com", "globex.com", "initech.com", "new1.com", "new2.com", "new3.com"])
        buy_all(project, sandbox, signals=bought + 3 * 2)
        if is_served:
            beat = ("dagster-daemon", "liveness-check")
            until(lambda: project.run(*beat, DAGSTER_HOME=str(folder)).exit_code == 0, "a beat")
            typed(is_alive, project)
        running = {state.instigator_name for state in instance.all_instigator_state() if state.is_running}
        assert running == {"credits", "refresh_answers_schedule"}
    typed(back_up, project)
    for name in ("ledger", "landing", "warehouse", "versions"):
        shutil.rmtree(folder / "data" / name)
    (folder / "data" / "answers.duckdb").unlink()
    for name in ("ledger", "landing"):
        (folder / "backup" / name).rename(folder / "data" / name)
    typed(rebuild, project)
    assert project.query("SELECT count(*) FROM latest_answers") == [(14,)]
    typed(look, project)
