"""A page of nothing but the interface's members is decoded once, and says the same as one that is cut into its rows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.api import signals as reading
from saber_pipeline.api.repeated_members import without_repeats
from saber_pipeline.api.signals import SignalPage, read_signal_page

ROW = {
    "id": "5a6e-1",
    "signalType": "COMPANY",
    "domain": "acme.com",
    "status": "completed",
    "question": "Which CRM?",
    "answerType": "open_text",
    "createdAt": "2026-01-31T12:00:00.123Z",
    "completedAt": "2026-01-31T12:01:00Z",
    "verificationMode": "strict",
    "answer": {"type": "open_text", "open_text": {"value": 'a "CRM" … ],"total":1}'}},
    "reasoning": "prose “with” marks, ]} and a \n break",
    "confidence": 0.9,
    "sources": [{"url": "https://a.test/"}, {"url": None}],
    "metadata": {},
    "changeContext": {"changeType": "initial"},
    "company": {"name": "Acme"},
}
ODD = st.sampled_from(
    [
        {},
        {"id": ""},
        {"id": None},
        {"id": "é"},
        {"status": "Completed "},
        {"domain": "münchen.de"},
        {"question": 'with "quotes" \\ and\ttabs'},
        {"completedAt": None},
        {"createdAt": "2026-01-31T14:00:00+02:00"},
        {"createdAt": "0001-01-01T00:00:00Z"},
        {"createdAt": "never"},
        {"answer": None},
        {"error": {"message": "an object"}},
        {"error": "a text", "status": "failed"},
        {"more": [1, 2]},
        {"reasoning": 7},
    ]
)


def page(rows: list[bytes], tail: str = '"total":9,"limit":25,"offset":50,"count":2') -> bytes:
    return b'{"results":[' + b",".join(rows) + b"]," + tail.encode() + b"}"


def written(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def plainly(found: SignalPage) -> tuple[object, ...]:
    """What a page says, without what is known of its bytes."""
    rows = [msgspec.structs.replace(signal, stands_once=False) for signal in found.signals]
    return rows, found.total, found.unreadable, found.total_is_exact


@given(st.lists(ODD, min_size=1, max_size=4), st.sampled_from(["", "status", "answer", "question"]), st.booleans())
def test_it_says_the_same(changes: list[dict[str, Any]], repeated: str, is_spaced: bool) -> None:
    """Whatever its rows hold, a page reads as it does cut into its rows; what stands twice is looked for."""
    rows = [written({**ROW, **each}) for each in changes]
    if repeated:
        rows[0] = rows[0][:-1] + b',"%b":%b}' % (repeated.encode(), written({"a": ROW[repeated]})[5:-1])
    if is_spaced:
        rows[-1] = rows[-1].replace(b'"domain":', b'"domain": ')
    body = page(rows)
    found = read_signal_page(body, limit=25, offset=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_usual_page", lambda *_: None)
        assert plainly(found) == plainly(read_signal_page(body, limit=25, offset=0))
    for signal in found.signals:
        if signal.stands_once:
            assert without_repeats(signal.raw) == signal.raw
    assert not (repeated and found.signals and found.signals[0].stands_once)


def test_a_usual_page_is_known_to_be_one() -> None:
    """Of such a page nothing has to be looked at again; of one with a bad byte, or another end, everything."""
    row = written(ROW)
    assert [signal.stands_once for signal in read_signal_page(page([row, row]), limit=25, offset=0).signals] == [
        True
    ] * 2
    for body in (
        page([row], '"total":9,"limit":25,"offset":50,"more":"x"'),
        page([row.replace(b"Acme", b"Acm\xff")]),
        page([row.replace(b"prose", b"prose\n")]),
        b" " + page([row]),
    ):
        (signal,) = read_signal_page(body, limit=25, offset=0).signals
        assert not signal.stands_once
        assert signal.id == ROW["id"]
