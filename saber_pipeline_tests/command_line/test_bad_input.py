"""What goes wrong before anything is spent says so in one place, and leaves earlier answers as they were."""

from __future__ import annotations

import socket

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project


def test_no_key(ready: Project, sandbox: RunningSandbox) -> None:
    """Without a key the run stops at once, says what to do, and sends nothing anywhere."""
    ended = ready.materialize("answers/crm", "accounts", SABER_API_KEY="")
    assert ended.exit_code != 0
    assert "SABER_API_KEY is not set; nothing was spent" in ended.failure
    assert sandbox.books()["requests"] == {}


def test_a_wrong_key(ready: Project, sandbox: RunningSandbox) -> None:
    """A refused key is a Failure that says so, and shows no more of the key than its ends."""
    ended = ready.materialize("answers/crm", "accounts", SABER_API_KEY="wrong_key_with_a_secret_middle")
    assert ended.exit_code != 0
    assert "does not accept the key wrong_ke…ddle" in ended.failure
    assert "Nothing was spent" in ended.failure
    assert "with_a_secret" not in ended.printed
    assert sandbox.books()["signals"] == 0


@pytest.mark.slow
def test_an_unreachable_api(ready: Project) -> None:
    """Nobody listening is a Failure that names the address and that nothing was spent."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        ended = ready.materialize("answers/crm", "accounts", SABER_BASE_URL=address)
    assert ended.exit_code != 0
    assert address in ended.failure
    assert "Nothing was spent" in ended.failure


@pytest.mark.slow
def test_a_data_directory_of_another_address(ready: Project, sandbox: RunningSandbox) -> None:
    """Answers of two APIs are not mixed: the run is refused before it spends."""
    assert ready.materialize("answers/crm", "prospects").exit_code == 0
    other = ready.materialize("answers/crm", "accounts", SABER_BASE_URL=f"{sandbox.base_url}/prefix")
    assert other.exit_code != 0
    assert f"belongs to {sandbox.base_url}" in other.failure
    assert sandbox.books()["signals"] == 2


@pytest.mark.slow
def test_a_file_that_is_gone(ready: Project, sandbox: RunningSandbox) -> None:
    """A vanished file loses its rows and keeps its partition and answers; asking it says that the file is gone."""
    assert ready.materialize("answers/crm", "prospects").exit_code == 0
    (ready.data / "domain_lists" / "prospects.csv").unlink()
    asked = ready.materialize("answers/crm", "prospects")
    assert asked.exit_code != 0
    assert "prospects has no file any more" in asked.failure
    assert ready.materialize("domain_lists").exit_code == 0
    assert ready.query("SELECT DISTINCT list FROM domains") == [("accounts",)]
    assert ready.query("SELECT count(*) FROM signals") == [(2,)]


def test_lists_that_cannot_be_used(project: Project) -> None:
    """A broken list is named with what to do, and the good ones are read all the same."""
    (project.data / "domain_lists" / "empty.csv").write_text("")
    (project.data / "domain_lists" / "columns.csv").write_text("name,owner\nAcme,Ann\n")
    read = project.materialize("domain_lists")
    assert read.exit_code != 0
    assert "empty.csv" in read.failure
    assert "columns.csv" in read.failure
    assert "name" in read.failure
    assert project.query("SELECT count(*) FROM domains WHERE list = 'accounts'") == [(3,)]


@pytest.mark.slow
def test_a_list_without_usable_rows(project: Project, sandbox: RunningSandbox) -> None:
    """A list of rejected rows only is refused before spending; the rejected rows say why."""
    project.write_list("nothing", ["n/a", "127.0.0.1"])
    assert project.materialize("domain_lists").exit_code == 0
    ended = project.materialize("answers/crm", "nothing")
    assert ended.exit_code != 0
    assert "has no usable row" in ended.failure
    assert project.query("SELECT count(*) FROM rejected_inputs WHERE list = 'nothing'") == [(2,)]
    assert sandbox.books()["requests"] == {}


def test_mistakes_in_the_questions(project: Project) -> None:
    """Mistakes found while the definitions load end the command with a short report, not a traceback."""
    project.write_questions("questions:\n  Crm:\n    question: Which CRM?\n    answer_type: words\n")
    ended = project.materialize("domain_lists")
    assert ended.exit_code != 0
    assert "Traceback" not in ended.printed
    assert "questions.yaml:2" in ended.printed
    assert "questions.yaml:4" in ended.printed


@pytest.mark.slow
def test_a_damaged_landing_file(ready: Project, sandbox: RunningSandbox) -> None:
    """A damaged file stops the next run before it spends; moved away, its answers come from the API for nothing."""
    assert ready.materialize("answers/crm", "prospects").exit_code == 0
    (landed,) = (ready.data / "landing" / "signals").glob("*.zst")
    rubbish = landed.with_name("20990101T000000000000Z-rubbish-0.ndjson.zst")
    rubbish.write_bytes(landed.read_bytes()[:100])
    stopped = ready.materialize("answers/crm", "accounts")
    assert stopped.exit_code != 0
    assert rubbish.name in stopped.failure
    assert sandbox.books()["signals"] == 2
    assert ready.query("SELECT count(*) FROM signals") == [(2,)]
    rubbish.unlink()
    assert ready.materialize("answers/crm", "accounts").exit_code == 0


def test_a_folder_that_cannot_be_written(ready: Project, sandbox: RunningSandbox) -> None:
    """A landing folder that refuses is a Failure that names it, before anything is spent."""
    landing = ready.data / "landing" / "signals"
    landing.write_text("a file where a folder should be")  # as root, permissions would not stop it
    ended = ready.materialize("answers/crm", "accounts")
    assert ended.exit_code != 0
    assert str(landing) in ended.failure
    assert sandbox.books()["requests"] == {}
