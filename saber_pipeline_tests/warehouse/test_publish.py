"""Publish: answers.duckdb is whole at every moment, whoever has it open, with DuckDB 1.4 and 2.x."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import duckdb
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.publish import publish
from saber_pipeline.warehouse.session import warehouse_session
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal
from saber_pipeline_tests.warehouse.test_views import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.warehouse.publish import PublishSummary

CRITERIA = {
    AnswerType.BOOLEAN: {"yes": "good", "no": "own word"},
    AnswerType.CURRENCY: {"< 5": "poor", "5-9": "neutral"},
    AnswerType.LIST: {"a": "excellent"},
}
QUESTIONS = [
    Question(
        f"k_{t.value}",
        "?",
        t,
        output_schema=SCHEMA if t is AnswerType.JSON_SCHEMA else None,
        qualification_criteria=CRITERIA.get(t),
    )
    for t in AnswerType
]
ASKED = next(q for q in QUESTIONS if q.answer_type is AnswerType.BOOLEAN)
DUCKDB_14 = Path(__file__).parents[2] / ".duckdb14"
needs_duckdb_14 = pytest.mark.skipif(
    not DUCKDB_14.is_dir(), reason="DuckDB 1.4 is not in .duckdb14; make test puts it there"
)
VERSIONS = [pytest.param("1.4", marks=needs_duckdb_14), "2"]


def publish_signals(paths: DataPaths, *signal_ids: str) -> PublishSummary:
    """Land and load a few signals, and publish."""
    if signal_ids:
        answers = [raw_signal(s, boolean(value=True), domain=f"{s}.com") for s in signal_ids]
        land(paths, "-".join(signal_ids), answers, ASKED)
    with warehouse_session(paths) as session:
        apply_questions(session.con, QUESTIONS)
        load_landed(session.con, paths)
        return publish(session)


@needs_duckdb_14
def test_the_oldest_duckdb_loads_and_publishes(paths: DataPaths) -> None:
    """With DuckDB 1.4 installed what landed is loaded and published as with the newest."""
    script = (
        "import sys; from pathlib import Path; from saber_pipeline.config.paths import DataPaths; import duckdb; "
        "from saber_pipeline_tests.warehouse.test_publish import publish_signals; "
        "publish_signals(DataPaths(Path(sys.argv[1])), 'a', 'b'); print(duckdb.__version__)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(paths.data_dir)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(DUCKDB_14), str(Path(__file__).parents[2])])},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout.startswith("1.4")
    with duckdb.connect(str(paths.answers_file.resolve()), read_only=True) as con:
        found = con.execute(
            "SELECT subject, answer_json->>'$.boolean.value' FROM latest_answers ORDER BY ALL"
        ).fetchall()
    assert found == [("a.com", "true"), ("b.com", "true")]


def count_signals(paths: DataPaths) -> int:
    """What somebody who opens answers.duckdb now sees."""
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        return int(con.execute("SELECT count(*) FROM signals").fetchall()[0][0])


@contextmanager
def holder(paths: DataPaths, version: str, mode: str) -> Iterator[Callable[[str], str]]:
    """A process that has answers.duckdb open; yields a function that sends an order and gives the answer."""
    environment = {**os.environ, "PYTHONPATH": str(DUCKDB_14) if version == "1.4" else ""}
    script = Path(__file__).with_name("holder.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(paths.answers_file), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    orders, replies = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)

    def obey(order: str) -> str:
        orders.write(f"{order}\n")
        orders.flush()
        return replies.readline().strip()

    try:
        assert replies.readline().startswith(f"open {version}")
        yield obey
        assert obey("close") == "closed"
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_view_and_comment_can_be_read(paths: DataPaths, version: str) -> None:
    """Both DuckDB versions open the file, read every view of every answer type, and find all comments."""
    publish_signals(paths, "1")
    with holder(paths, version, "read") as ask:
        assert ask("views") == f"views {len(QUESTIONS) + 19}"
        assert ask("comments") == "silent 0"


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.slow
def test_a_holder_neither_disturbs_nor_is_disturbed(paths: DataPaths, version: str, mode: str) -> None:
    """While somebody holds or writes the old file, three publishes succeed, and the holder goes on undisturbed."""
    publish_signals(paths, "1")
    with holder(paths, version, mode) as ask:
        if mode == "write":
            assert ask("write") == "written"
        for number in ("2", "3", "4"):
            assert publish_signals(paths, number).changed
            assert count_signals(paths) == int(number)
        assert ask("rows") == "rows 1"
        if mode == "write":
            assert ask("write") == "written"
            assert ask("views") == f"views {len(QUESTIONS) + 19}"
    assert count_signals(paths) == 4
    with holder(paths, version, "read") as ask:
        assert ask("rows") == "rows 4"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_others_write_is_gone_at_the_next_publish(paths: DataPaths, version: str) -> None:
    """A table somebody made in answers.duckdb is not there after the next publish, though no answer changed."""
    publish_signals(paths, "1")
    with holder(paths, version, "write") as ask:
        assert ask("write") == "written"
    assert publish_signals(paths).changed
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'").fetchall() == [(0,)]


def test_a_crashed_writers_log_does_not_lock_readers_out(paths: DataPaths) -> None:
    """A log left beside answers.duckdb, or beside the number to come, is gone before the switch."""
    publish_signals(paths, "1")
    paths.answers_file.with_name("answers.duckdb.wal").write_bytes(b"left behind")
    (paths.versions / "2.duckdb.wal").write_bytes(b"left behind")
    assert publish_signals(paths).changed
    assert count_signals(paths) == 1


def test_an_unchanged_warehouse_is_not_copied_again(paths: DataPaths) -> None:
    """With nothing new, publish says so and leaves the version; a new signal makes the next one."""
    first = publish_signals(paths, "1")
    again = publish_signals(paths)
    assert (first.number, first.changed, again.number, again.changed) == (1, True, 1, False)
    assert again.bytes == first.bytes == paths.answers_file.stat().st_size
    assert publish_signals(paths, "2").number == 2


def _remove(paths: DataPaths) -> None:
    paths.answers_file.unlink()


def _replace(paths: DataPaths) -> None:
    paths.answers_file.unlink()
    paths.answers_file.write_bytes(b"mine now")


def _dangle(paths: DataPaths) -> None:
    paths.answers_file.unlink()
    paths.answers_file.symlink_to("nowhere")


def _delete_version(paths: DataPaths) -> None:
    (paths.versions / "1.duckdb").unlink()


@pytest.mark.parametrize("tamper", [_remove, _replace, _dangle, _delete_version])
def test_a_tampered_answers_file_is_put_right(paths: DataPaths, tamper: Callable[[DataPaths], None]) -> None:
    """Missing, a plain file, a dangling link or without its version: the next publish makes it whole."""
    publish_signals(paths, "1")
    tamper(paths)
    assert publish_signals(paths).changed
    assert count_signals(paths) == 1


def test_the_last_two_versions_stay(paths: DataPaths) -> None:
    """Old versions go, the link is relative, and so the data directory can be moved."""
    for number in ("1", "2", "3"):
        publish_signals(paths, number)
    assert sorted(path.name for path in paths.versions.iterdir()) == ["2.duckdb", "3.duckdb", "published.json"]
    moved = paths.data_dir.rename(paths.data_dir.with_name("moved"))
    assert (moved / "answers.duckdb").readlink() == Path("versions/3.duckdb")
    assert (moved / "answers.duckdb").stat().st_size > 0


def test_a_folder_in_the_way_is_one_sentence(paths: DataPaths) -> None:
    """A folder called answers.duckdb ends in a StorageError that says what to do; nothing is lost."""
    paths.answers_file.mkdir(parents=True)
    with pytest.raises(StorageError, match="is a folder"):
        publish_signals(paths, "1")
    paths.answers_file.rmdir()
    assert publish_signals(paths).changed
    assert count_signals(paths) == 1
