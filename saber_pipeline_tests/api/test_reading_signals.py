"""Signals and pages are read whatever small liberties the API takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from saber_pipeline.api.decode import UnreadableReplyError, moment
from saber_pipeline.api.pages import read_page
from saber_pipeline.api.signals import Signal, SignalPage, read_signal, read_signal_page
from saber_pipeline.api.templates import template_or_none
from saber_pipeline_tests.api.exchanges import SIGNAL


def page_of(*elements: Any, **envelope: Any) -> SignalPage:
    body = json.dumps({"results": list(elements), **envelope}).encode()
    return read_signal_page(body, limit=25, offset=0)


def signal_of(**changes: Any) -> Signal:
    return read_signal(json.dumps({**SIGNAL, **changes}).encode())


def test_raw_is_untouched() -> None:
    """The raw bytes of a signal are exactly the API's, also numbers that Python would rewrite."""
    element = b'{"id":"a","status":"completed","answer":{"n":1.10},"later":[12345678901234567890]}'
    page = read_signal_page(b'{"results":[' + element + b'],"total":1}', limit=25, offset=0)
    assert page.signals[0].raw == element


def test_raw_is_one_line() -> None:
    """A signal that the API sent on several lines is kept on one, with its numbers as they were."""
    page = read_signal_page(b'{"results":[{\n "id": "a",\r\n "n": 1.10 }],"total":1}', limit=25, offset=0)
    assert page.signals[0].raw == b'{"id":"a","n":1.10}'


def test_one_bad_element_does_not_lose_the_page() -> None:
    """Elements that are no signals are set aside, the others are read."""
    page = page_of(SIGNAL, "text", {"status": "failed"}, {"id": None}, None, total=5)
    assert [signal.id for signal in page.signals] == [SIGNAL["id"]]
    assert page.unreadable == (b'"text"', b'{"status": "failed"}', b'{"id": null}', b"null")


def test_almost_json_is_read() -> None:
    """NaN, a byte order mark and a lone surrogate in one signal do not lose its page."""
    body = b'\xef\xbb\xbf{"results":[{"id":"a","confidence":NaN,"question":"\\ud800"},{"id":"b"}],"total":2}'
    page = read_signal_page(body, limit=25, offset=0)
    assert [signal.id for signal in page.signals] == ["a", "b"]
    assert json.loads(page.signals[0].raw) == {"id": "a", "confidence": None, "question": "?"}


@pytest.mark.parametrize("body", [b'{"results":[{"id":"a"}', b"", b"[]", b'{"total":1}', b"<html>"])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    """A cut body or one of another kind is an error, never an empty page."""
    with pytest.raises(UnreadableReplyError):
        read_signal_page(body, limit=25, offset=0)


def test_total_is_taken_as_given() -> None:
    """A total is exact where the API gives one, also as a string."""
    page = page_of(SIGNAL, total="7", limit="25", offset=3)
    assert (page.total, page.total_is_exact) == (7, True)


@pytest.mark.parametrize(("rows", "has_more", "total"), [(2, None, 2), (25, None, 26), (25, False, 25), (2, True, 3)])
def test_missing_total_is_derived(rows: int, has_more: bool | None, total: int) -> None:
    """Without a total a loop over pages still sees that there is more, and knows that it is a guess."""
    page = page_of(*[SIGNAL] * rows, hasMore=has_more)
    assert (page.total, page.total_is_exact) == (total, False)


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        ({"total": 0, "limit": 25, "offset": 0, "count": 0}, 0),
        ({"total": 0}, 0),
        ({"count": 0}, 75),
        ({"total": 60, "offset": 75}, 60),
    ],
)
@pytest.mark.parametrize("rows", [{"results": None}, {"items": None}, {}])
def test_no_list_is_an_empty_page(rows: dict[str, None], numbers: dict[str, int], total: int) -> None:
    """A page that says by its numbers that it is empty may write its list as null, or leave it out."""
    body = json.dumps(rows | numbers).encode()
    signals = read_signal_page(body, limit=25, offset=75)
    templates = read_page(body, template_or_none, limit=25, offset=75)
    assert (signals.signals, templates.items, signals.unreadable, templates.unreadable) == ((), (), (), ())
    assert (signals.total, templates.total, templates.has_more) == (total, total, False)


@pytest.mark.parametrize("body", [b"{}", b'{"results":null}', b'{"results":null,"total":1}', b'{"total":9,"offset":8}'])
def test_a_page_without_its_rows_is_not_empty(body: bytes) -> None:
    """Rows that the numbers promise, and that are not there, are no end of a listing."""
    with pytest.raises(UnreadableReplyError):
        read_signal_page(body, limit=25, offset=0)


def test_items_envelope() -> None:
    """The items envelope is read like the results envelope."""
    body = b'{"items":[{"id":"t","version":2},{"name":"no id"}],"total":9,"limit":2,"offset":0,"hasMore":true}'
    page = read_page(body, template_or_none, limit=2, offset=0)
    assert (page.items[0].id, page.items[0].version, page.has_more) == ("t", 2, True)
    assert page.unreadable == (b'{"name":"no id"}',)


def test_a_bad_byte_of_an_item() -> None:
    """An item of any listing with a byte that is no text is read, and the one beside it as it came."""
    body = (
        b'{"items":[{"id":"a","name":"M\xfcller","x":"\xff"},{"id":"b","name":"M\xc3\xbcller"}],"total":2,"x":"\xff"}'
    )
    page = read_page(body, template_or_none, limit=2, offset=0)
    assert [(item.id, item.name) for item in page.items] == [("a", "M\ufffdller"), ("b", "Müller")]


def test_a_bad_byte_of_a_signal() -> None:
    """A byte that is no text becomes U+FFFD where it stands, and changes no other byte of its page."""
    bad, good = (
        b'{"id":"%b","answer":{"n":1.10,"t":"%b"}}' % pair for pair in ((b"a", b"M\xfcller"), (b"b", "é".encode()))
    )
    page = read_signal_page(b'{"x":"\xff","results":[' + bad + b"," + good + b'],"total":2}', limit=25, offset=0)
    assert [signal.raw for signal in page.signals] == [bad.replace(b"\xfc", "\ufffd".encode()), good]


def test_wrong_types_are_tolerated() -> None:
    """Nulls, numbers and unknown values where strings are expected never lose a signal."""
    signal = signal_of(id=17, question=None, answerType="hologram", status="COMPLETED", domain="Example.COM")
    assert (signal.id, signal.question, signal.answer_type) == ("17", None, "hologram")
    assert (signal.is_completed, signal.subject) == (True, "example.com")


@pytest.mark.parametrize(
    ("status", "is_done", "is_failed"),
    [("processing", False, False), ("failed", True, True), ("paused", False, False), (None, False, False)],
)
def test_unknown_status_is_not_done(status: str | None, is_done: bool, is_failed: bool) -> None:
    """Only completed and failed are the end of a signal; any other status goes on processing."""
    signal = signal_of(status=status)
    assert (signal.is_done, signal.is_failed) == (is_done, is_failed)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": " Completed\t", "question": "", "domain": "", "error": "", "errorCode": "", "answerType": ""},
        {"status": "FAILED", "error": {"message": "no page"}, "errorCode": 17},
        {"status": None, "createdAt": 1772366400, "completedAt": "2026-03-01 12:00:00"},
        {"createdAt": "0001-01-01T00:00:00Z", "completedAt": "1772366400"},
        {"answer": None, "domain": None, "contactProfileUrl": "https://x.example/In/A"},
        {"answer": [1.10, "é\n"], "verificationMode": ["strict"], "signalType": 1},
        {"id": 17, "later": {"id": "b"}},
    ],
)
@pytest.mark.parametrize("spaces", [None, 1])
def test_a_page_reads_as_its_rows_do(changes: dict[str, Any], spaces: int | None) -> None:
    """A page gives of each row what the row gives by itself, whichever types its values have, and on how many lines."""
    rows = [json.dumps(row, indent=spaces, ensure_ascii=False).encode() for row in (SIGNAL, {**SIGNAL, **changes})]
    page = read_signal_page(b'{"results":[' + b",".join(rows) + b'],"total":2}', limit=25, offset=0)
    assert page.signals == tuple(read_signal(row) for row in rows)
    assert page.unreadable == ()


def test_one_odd_row_changes_no_other() -> None:
    """What is no signal stands aside also in a page whose other rows have every type that the interface names."""
    page = page_of(SIGNAL, {**SIGNAL, "id": ""}, {**SIGNAL, "id": "b"}, total=3)
    assert [signal.id for signal in page.signals][::2] == [SIGNAL["id"], "b"]
    assert page.signals[1].id.startswith("unreadable-")


def test_null_answer_is_no_answer() -> None:
    """A null answer and a missing one are the same; anything else is an answer."""
    assert not signal_of(answer=None).has_answer
    assert not signal_of().has_answer
    assert signal_of(answer={"type": "boolean", "boolean": {"value": False}}).has_answer


def test_contact_subject() -> None:
    """A signal about a contact has the profile URL as its subject, as it came."""
    assert signal_of(domain=None, contactProfileUrl="https://x.example/In/A").subject == "https://x.example/In/A"


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01t12:00:00z",
        "2026-03-01T12:00:00.000000000Z",
        "2026-03-01T13:00:00.000+01:00",
        "2026-03-01 12:00:00",
        1772366400,
        1772366400000,
    ],
)
def test_dates_in_any_form(value: object) -> None:
    """All spellings of one moment are that moment, aware, in UTC."""
    assert moment(value) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "soon", "2026-13-01T00:00:00Z", True, 1e300, {}])
def test_what_is_no_date_is_none(value: object) -> None:
    """A date that cannot be read is left out, never guessed and never an error."""
    assert moment(value) is None
