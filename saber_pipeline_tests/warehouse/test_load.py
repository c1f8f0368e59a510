"""Load: each landed signal once, in its furthest state, whatever else is in the files."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
import zstandard

from saber_pipeline.api.signals import read_signal
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

QUESTION = Question("q", "?", AnswerType.BOOLEAN)
SETTLED = raw_signal("1", boolean(value=True), sources=[{"url": "u"}], changeContext={"changeType": "INITIAL"})
PROCESSING = raw_signal("1", None, status="processing", completedAt=None)
FAILED = raw_signal("1", None, status="failed", completedAt=None, error="no", errorCode="X", errorAction="wait")


def test_loading_again_changes_nothing(warehouse: OpenWarehouse) -> None:
    """The same signals in a second file, and a second load, add no row anywhere."""
    land(warehouse.paths, "a", [SETTLED, SETTLED], QUESTION)
    assert warehouse.load(QUESTION) == (1, 0, 0, 0)
    land(warehouse.paths, "b", [SETTLED], QUESTION)
    assert warehouse.load(QUESTION) == (0, 0, 0, 0)
    assert warehouse.load(QUESTION) == (0, 0, 0, 0)
    for table in ("signals", "answers_boolean", "sources", "changes"):
        assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(1,)]  # noqa: S608 - constants


@pytest.mark.parametrize("earlier", [PROCESSING, FAILED])
def test_a_signal_that_went_on_is_updated(warehouse: OpenWarehouse, earlier: bytes) -> None:
    """First seen processing or failed and later completed, a signal has its answer and one row."""
    land(warehouse.paths, "a", [earlier], QUESTION)
    warehouse.load(QUESTION)
    land(warehouse.paths, "b", [SETTLED], QUESTION)
    assert warehouse.load(QUESTION) == (0, 1, 0, 0)
    assert warehouse.rows("SELECT status, error_code FROM signals") == [("completed", None)]
    assert warehouse.rows("SELECT value FROM answers_boolean") == [(True,)]


def test_a_settled_signal_does_not_go_back(warehouse: OpenWarehouse) -> None:
    """A processing state landed late, or in the same file, does not replace a completed one."""
    land(warehouse.paths, "a", [PROCESSING, SETTLED, PROCESSING], QUESTION)
    warehouse.load(QUESTION)
    land(warehouse.paths, "b", [PROCESSING, FAILED], QUESTION)
    assert warehouse.load(QUESTION) == (0, 0, 0, 0)
    assert warehouse.rows("SELECT status FROM signals") == [("completed",)]


def test_force_is_remembered_over_all_sightings(warehouse: OpenWarehouse) -> None:
    """A signal bought with force stays so when a later run sees it without, and the other way round."""
    land(warehouse.paths, "a", [PROCESSING], QUESTION, forced=True)
    warehouse.load(QUESTION)
    land(warehouse.paths, "b", [SETTLED, raw_signal("2", None)], QUESTION)
    warehouse.load(QUESTION)
    land(warehouse.paths, "c", [raw_signal("2", None)], QUESTION, forced=True)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT signal_id, force_refreshed FROM signals ORDER BY 1") == [
        ("1", True),
        ("2", True),
    ]


def test_not_known_is_no_answer(warehouse: OpenWarehouse) -> None:
    """A completed signal with a null answer is in signals only, and is not counted as untyped."""
    land(warehouse.paths, "a", [raw_signal("1", None)], QUESTION)
    assert warehouse.load(QUESTION) == (1, 0, 0, 0)
    assert warehouse.rows("SELECT status, answer_json, answer_typed FROM signals") == [("completed", None, None)]


def test_a_signals_fields_are_columns(warehouse: OpenWarehouse) -> None:
    """Domain in lower case, contact URL as it is, JSON kept, sources by position, changes by field."""
    company = raw_signal(
        "1",
        boolean(value=True),
        domain="Acme.COM",
        metadata={"companyName": "Acme"},
        company={"name": "Acme"},
        confidence=1.5,
        verificationMode="strict",
        sources=[{"url": "u0", "title": "t"}, {"url": "u1", "snippet": "s", "new": 1}],
        changeContext={
            "changeType": "CHANGED",
            "previousSignalId": "0",
            "changedFields": ["a"],
            "addedFields": [],
            "updatedFields": ["a"],
            "removedFields": [],
            "changeDelta": {"a": 1},
        },
    )
    contact = raw_signal(
        "2", None, signalType="CONTACT", domain=None, contactProfileUrl="https://x.y/In/Ada", changeContext=None
    )
    land(warehouse.paths, "a", [company, contact], QUESTION)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT subject_type, subject, metadata ->> 'companyName' FROM signals ORDER BY 1") == [
        ("company", "acme.com", "Acme"),
        ("contact", "https://x.y/In/Ada", None),
    ]
    assert warehouse.rows("SELECT confidence, verification_mode FROM signals WHERE signal_id = '1'") == [
        (1.5, "strict")
    ]
    assert warehouse.rows("SELECT position, url, title, snippet FROM sources ORDER BY 1") == [
        (0, "u0", "t", None),
        (1, "u1", None, "s"),
    ]
    assert warehouse.rows("SELECT * FROM changes") == [
        ("1", "CHANGED", "0", ["a"], [], ["a"], [], '{"a":1}'),
    ]


def test_malformed_lines_are_counted_and_stay_in_landing(warehouse: OpenWarehouse) -> None:
    """A line that is no JSON, no object or has no id is skipped and counted; its neighbours load."""
    odd_fields = raw_signal("2", "Yes", sources="x", metadata=[1], confidence="high", changeContext=3)
    land(warehouse.paths, "a", [SETTLED, b'{"cut', b'"text"', b'{"no": "id"}', odd_fields], QUESTION)
    assert warehouse.load(QUESTION) == (2, 0, 0, 3)
    assert warehouse.rows("SELECT signals, skipped FROM internal.landed_files") == [(2, 3)]
    assert warehouse.rows("SELECT count(*) FROM answers_boolean WHERE value") == [(2,)]


@pytest.mark.slow
def test_a_very_long_line_loads(warehouse: OpenWarehouse) -> None:
    """A signal of 20 MB loads like any other."""
    answer = {"type": "list", "list": {"value": ["x" * 40_000] * 500}}
    land(warehouse.paths, "a", [raw_signal("1", answer, "list"), raw_signal("2", answer, "list")])
    assert warehouse.load() == (2, 0, 0, 0)
    assert warehouse.rows("SELECT sum(len(value)) FROM answers_list") == [(1000,)]


def test_many_answers_of_many_contacts_fit_in_memory(warehouse: OpenWarehouse) -> None:
    """Sixty answers of a hundred full contacts load within the ordinary memory limit, in several pieces."""
    contact = {"firstName": "Ada", "summary": "word " * 200, "positions": [{"companyName": "C", "title": "T"}]}
    answer = {"type": "contacts", "contacts": {"value": [contact] * 100}}
    land(warehouse.paths, "a", [raw_signal(str(n), answer, "contacts") for n in range(60)])
    assert warehouse.load() == (60, 0, 0, 0)
    assert warehouse.rows("SELECT count(*) FROM answers_contacts") == [(6000,)]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def _overwrite(path: Path) -> None:
    path.write_text("plain text")


@pytest.mark.parametrize("damage", [_cut, _alter, _append, _overwrite])
def test_a_damaged_file_is_named_and_the_others_load(warehouse: OpenWarehouse, damage: object) -> None:
    """Cut, altered, longer or foreign: the error names the file, earlier answers stay, others load."""
    land(warehouse.paths, "a", [SETTLED], QUESTION)
    warehouse.load(QUESTION)
    bad = land(warehouse.paths, "b", [raw_signal("2", boolean(value=True))] * 50, QUESTION)
    land(warehouse.paths, "c", [raw_signal("3", boolean(value=True))], QUESTION)
    assert callable(damage)
    damage(bad)
    with pytest.raises(DamagedLandingError, match=r"b\.ndjson\.zst cannot be read back"):
        warehouse.load(QUESTION)
    assert warehouse.rows("SELECT signal_id FROM answers_boolean ORDER BY 1") == [("1",), ("3",)]
    assert warehouse.rows("SELECT name FROM internal.landed_files ORDER BY 1") == [
        ("a.ndjson.zst",),
        ("c.ndjson.zst",),
    ]


def test_an_unfinished_file_is_not_read(warehouse: OpenWarehouse) -> None:
    """What a writer has not committed yet is no landed file."""
    with LandingWriter(warehouse.paths.landed_signals, "a") as writer:
        writer.add(None, False, SETTLED)
        assert warehouse.load() == (0, 0, 0, 0)
        writer.commit()
        assert warehouse.load() == (1, 0, 0, 0)


def test_the_order_of_files_does_not_matter(warehouse: OpenWarehouse) -> None:
    """States landed in one order and loaded in the other end in the same row."""
    first = land(warehouse.paths, "a", [PROCESSING], QUESTION)
    hidden = first.with_name("later")
    first.rename(hidden)
    land(warehouse.paths, "b", [raw_signal("1", None, status="processing", createdAt=None)], QUESTION)
    warehouse.load(QUESTION)
    hidden.rename(first)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT landed_file, created_at IS NULL FROM signals") == [("a.ndjson.zst", False)]


def test_the_file_holds_every_landed_byte(warehouse: OpenWarehouse) -> None:
    """A landed file carries zstd's checksum, so that an altered byte cannot go unnoticed."""
    path = land(warehouse.paths, "a", [SETTLED])
    assert zstandard.get_frame_parameters(path.read_bytes()).has_checksum
    assert load_landed(warehouse.con, warehouse.paths).files == 1


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"signalType": "COMPANY", "contactProfileUrl": None}, ("company", "acme.com")),
        ({"signalType": "COMPANY", "contactProfileUrl": "https://x.y/in/ada"}, ("company", "acme.com")),
        ({"signalType": "contact", "contactProfileUrl": "https://x.y/in/ada"}, ("contact", "https://x.y/in/ada")),
        ({"signalType": None, "contactProfileUrl": "https://x.y/in/ada"}, ("company", "acme.com")),
        (
            {"signalType": None, "contactProfileUrl": "https://x.y/in/ada", "domain": None},
            ("contact", "https://x.y/in/ada"),
        ),
        ({"signalType": "CONTACT", "contactProfileUrl": None}, ("company", "acme.com")),
    ],
)
def test_whom_a_signal_is_about(warehouse: OpenWarehouse, named: dict[str, str | None], told: tuple[str, str]) -> None:
    """What a signal names decides, and its kind where it names both: as the collector sees it."""
    land(warehouse.paths, "a", [raw_signal("1", None, **named)], QUESTION)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT subject_type, subject FROM signals") == [told]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("no", "no"),
        ({"message": "no", "code": "X"}, "no"),
        ({"message": "", "why": 7}, '{"message":"","why":7}'),
        ("{no JSON", "{no JSON"),
        ("", None),
    ],
)
def test_an_error_is_shown_as_text(warehouse: OpenWarehouse, error: object, shown: str | None) -> None:
    """An error that is an object is its message, else its JSON, as the run itself says it."""
    raw = raw_signal("1", None, status="failed", error=error)
    land(warehouse.paths, "a", [raw], QUESTION)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT error FROM signals") == [(shown,)]
    assert read_signal(raw).error == shown


def test_a_status_in_another_spelling(warehouse: OpenWarehouse) -> None:
    """Case and blanks around a status do not matter, and the run reads it in the same way."""
    raw = raw_signal("1", boolean(value=True), status="\u00a0 COMPLETED\t\n")
    land(warehouse.paths, "a", [raw], QUESTION)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT status FROM signals") == [("completed",)]
    assert warehouse.rows("SELECT value FROM answers_boolean") == [(True,)]
    assert read_signal(raw).is_completed


@pytest.mark.parametrize("time", [None, "0001-01-01T00:00:00Z", "soon", ""])
@pytest.mark.parametrize("shape", ["exact", "lenient"])
def test_a_completed_signal_without_a_time(warehouse: OpenWarehouse, time: str | None, shape: str) -> None:
    """It completed when it was made, or else landed, so that it hides an older answer; a failed one has no time."""
    value = True if shape == "exact" else "yes"
    made = raw_signal("2", boolean(value=value), createdAt="2026-02-01T00:00:00Z", completedAt=time)
    landed = raw_signal("3", boolean(value=value), domain="b.com", createdAt=time, completedAt=time)
    failed = raw_signal("4", None, status="failed", completedAt=time)
    land(warehouse.paths, "a", [SETTLED, made, landed, failed], QUESTION)
    warehouse.load(QUESTION)
    newest = (
        "SELECT signal_id, completed_at = landed_at FROM signals SEMI JOIN latest_answers USING (signal_id) ORDER BY 1"
    )
    assert warehouse.rows(newest) == [("2", False), ("3", True)]
    assert warehouse.rows("SELECT count(*) FROM answers_boolean JOIN signals USING (signal_id, completed_at)") == [(3,)]
    assert warehouse.rows("SELECT completed_at FROM signals WHERE signal_id IN ('2', '4') ORDER BY signal_id") == [
        (datetime(2026, 2, 1),),  # noqa: DTZ001 - times of the warehouse are UTC, and say none
        (None,),
    ]
