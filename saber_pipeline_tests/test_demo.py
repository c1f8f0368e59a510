"""``make demo``: what it shows, that it buys once, and that it keeps to its own folder."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import dagster as dg
import duckdb
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS
from saber_pipeline.demo.demo_ui import show_pages
from saber_pipeline.demo.text_table import text_table
from saber_pipeline.demo.workspace import SAMPLES, STARTER, DemoError, DemoWorkspace
from saber_pipeline_tests.documents.blocks import first_screen_query

ROOT = Path(__file__).parents[1]
BATCH_TYPES = (
    *("open_text", "number", "boolean", "list", "percentage", "currency", "url"),
    *("contacts", "contact_posts", "json_schema", "choice"),
)
PEOPLE = 13
RECORDED = ROOT / "docs" / "pictures" / "demo.svg"
USERS_KEY = "sk_live_belongs_to_the_user"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's root, with a space in its name and a user's .env."""
    folder = tmp_path / "my project"
    for name in ("questions.yaml", "domain_lists/.gitkeep", "contact_lists/.gitkeep"):
        target = folder / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "data" / name, target)
    # Nobody listens on port 1: a demo that read this would fail.
    (folder / ".env").write_text(f"SABER_API_KEY={USERS_KEY}\nSABER_BASE_URL=http://127.0.0.1:1\n")
    return folder


def demo(root: Path, *options: str) -> str:
    surroundings = os.environ | {"SABER_API_KEY": USERS_KEY, "SABER_BASE_URL": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", "saber_pipeline.demo", *options]
    done = subprocess.run(command, cwd=root, env=surroundings, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def gives_what_the_readme_shows(con: duckdb.DuckDBPyConnection) -> None:
    """The README's first query gives the rows that stand below it, in their order."""
    shown = first_screen_query()
    found = con.execute(shown.query.code)
    assert [name for name, *_ in found.description or ()] == shown.columns
    plain = {None: "NULL", True: "true", False: "false"}
    assert [[str(plain.get(value, value)) for value in row] for row in found.fetchall()] == shown.rows


def is_recorded(said: str) -> bool:
    """Whether the README's recorded terminal has what this demo said, but for times, ids and progress."""
    recorded = {
        " ".join(words.split())
        for words in "".join(ET.parse(RECORDED).getroot().itertext()).replace("\xa0", " ").splitlines()  # noqa: S314 - our own
    }
    varies = re.compile(r"\d of|[0-9a-f]{8}-|\d+ s |^Done|127\.0\.0\.1")
    lines = [" ".join(line.split()) for line in said.splitlines() if not varies.search(line)]
    assert len(lines) > 80
    missing = [line for line in lines if line and line not in recorded]
    assert missing == [], "the picture is older than the demo: make pictures ARGS=demo"
    return True


@pytest.mark.slow
def test_the_demo_shows_every_answer_type_and_buys_once(root: Path) -> None:
    """Two demos: typed answers of 20 companies and more, nothing bought twice, the user's key nowhere."""
    first, second = demo(root), demo(root, "--all")

    assert max(len(line) for line in first.splitlines()) <= 100
    assert "Bought now: 613 signals" in first  # 14 questions about 41 companies, 3 about 13 people
    assert "Bought now: 0 signals" in second
    said_at_the_end = first[first.index("4. Read the answers") :]
    assert re.findall(r"^(accounts|sources|account_fit):? ", said_at_the_end.replace(":", ": "), re.MULTILINE) == [
        "accounts",
        "sources",
        "account_fit",
    ]
    assert said_at_the_end.count("\n") < 60
    report = root / "data" / "sandbox" / "report" / "index.html"
    assert str(report.relative_to(root)) in said_at_the_end
    assert report.is_file()
    tables = re.findall(r"^(?:accounts|contacts|questions\.\w+): (.+)\n.+\n─.+\n((?:\S.*\n)+)", second, re.MULTILINE)
    shown = {answer_type for title, rows in tables if rows.count("\n") >= 20 for answer_type in title.split(", ")}
    assert shown >= set(BATCH_TYPES)
    about_people = {title: rows.count("\n") for title, rows in tables if "-sample" in rows}
    assert about_people.keys() == {"boolean", "open_text", "contact_engagements, the first of each contact"}
    assert all(PEOPLE - 4 <= rows <= PEOPLE for rows in about_people.values())

    with duckdb.connect(str(root / "data" / "sandbox" / "answers.duckdb"), read_only=True) as con:
        for answer_type in BATCH_TYPES:
            counted = f"SELECT count(DISTINCT subject) FROM answers_{answer_type}"  # noqa: S608 - names from above
            assert con.execute(counted).fetchall()[0][0] >= 20, answer_type
        gives_what_the_readme_shows(con)
    assert is_recorded(first)

    files = [file for file in root.rglob("*") if file.is_file() and file.name != ".env"]
    assert [file for file in files if USERS_KEY.encode() in file.read_bytes()] == []
    assert {file.relative_to(root).parts[:2] for file in files} == {
        ("data", "sandbox"),
        ("data", "questions.yaml"),
        ("data", "domain_lists"),
        ("data", "contact_lists"),
    }


def test_the_pages_need_a_demo_first(root: Path) -> None:
    """Without answers `make demo-ui` names the command to run first, and starts nothing."""
    with pytest.raises(DemoError, match="Run `make demo` first"):
        show_pages(DemoWorkspace(root), 3000)


def test_a_clone_has_no_list_that_a_first_run_would_buy() -> None:
    """What git keeps of the folders of lists is their being there; the demo's lists come with the package."""
    kept = subprocess.run(["git", "ls-files", "data"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if kept:  # a checkout, not an unpacked copy
        assert [name for name in kept.split() if "_lists/" in name and not name.endswith("/.gitkeep")] == []
    assert all(
        (STARTER / name).read_text(encoding="utf-8").count("\n") > 10 for kind in KINDS for name in SAMPLES[kind]
    )


def test_two_demos_at_once_are_refused(root: Path) -> None:
    """The second one says that another is running."""
    with DemoWorkspace(root).reserved(), pytest.raises(DemoError, match="Another `make demo` is running"):
        DemoWorkspace(root).reserved().__enter__()


def test_the_port_stays_and_a_taken_one_is_named(root: Path) -> None:
    """The data belong to one address: the port is kept, and nothing is bought from whoever took it."""
    workspace = DemoWorkspace(root)
    workspace.folder.mkdir()
    port = workspace.port()
    assert workspace.port() == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(DemoError, match=rf"another program uses port {port}"):
            workspace.port()


def test_a_changed_sample_stays_changed(root: Path) -> None:
    """What a person tries in data/sandbox survives the next demo."""
    workspace = DemoWorkspace(root)
    workspace.prepare()
    workspace.data.questions_file.write_text("questions: {}\n")
    (workspace.data.lists(COMPANIES) / "sample_prospects.csv").unlink()
    workspace.prepare()
    assert workspace.data.questions_file.read_text() == "questions: {}\n"
    assert workspace.list_names(COMPANIES) == ["sample_accounts"]


def test_the_pages_open_without_a_dialog(root: Path) -> None:
    """The first look at the demo's pages is at them, and not at an invitation of Dagster's."""
    workspace = DemoWorkspace(root)
    workspace.prepare()
    with dg.DagsterInstance.from_config(str(workspace.dagster_home)) as instance:
        assert not instance.nux_enabled
        assert not instance.telemetry_enabled


def test_tables_fit_and_cut_with_a_mark() -> None:
    """The widest column gives way, and a cut cell says so."""
    table = text_table(["domain", "text", "n"], [("a.com", "x" * 300, 1_234), ("b.com", None, None)], width=40)
    lines = table.splitlines()
    assert max(map(len, lines)) == 40
    assert "x…" in lines[2]
    assert lines[2].endswith("1,234")
    assert lines[3].split() == ["b.com", "-", "-"]
