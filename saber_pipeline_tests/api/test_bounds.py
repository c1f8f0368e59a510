"""Replies that are too large, numbers and times out of range, and a key that the API repeats."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.api import reply_bodies
from saber_pipeline.api.call import Reply
from saber_pipeline.api.decode import moment, whole_number
from saber_pipeline.api.masking import KeyMask
from saber_pipeline.api.reply_bodies import BodyReader, UnusableBodyError
from saber_pipeline.api.retry_after import retry_after_seconds
from saber_pipeline.api.server_clock import http_date
from saber_pipeline.errors import ApiError, ApiOutcomeUnknownError, ApiRateLimitedError
from saber_pipeline_tests.api.exchanges import KEY, SHOWN_KEY, SIGNAL, exchange
from saber_pipeline_tests.api.fake_clock import FakeClock
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 1_000_000


def raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


PACKED: dict[str, tuple[str | None, Callable[[bytes], bytes]]] = {
    "plain": (None, bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "two gzip members": ("GZIP", lambda content: gzip.compress(content[:7]) + gzip.compress(content[7:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
}


@pytest.mark.parametrize("way", PACKED)
@pytest.mark.parametrize("step", [1, 3, 1 << 16])
def test_bodies_are_unpacked(way: str, step: int) -> None:
    """A body is the same however it is packed and in whatever pieces it arrives."""
    encoding, pack = PACKED[way]
    content = json.dumps(SIGNAL).encode()
    packed = pack(content)
    reader = BodyReader(encoding)
    for start in range(0, len(packed), step):
        reader.add(packed[start : start + step])
    assert reader.whole() == content


@pytest.mark.parametrize("way", PACKED)
def test_a_body_may_not_be_larger(way: str) -> None:
    """One byte more than allowed is refused, and no more is unpacked than a step beyond the bound."""
    encoding, pack = PACKED[way]
    BodyReader(encoding, most_bytes=MOST).add(pack(b"x" * MOST))
    with pytest.raises(UnusableBodyError, match="larger than 1 MB"):
        BodyReader(encoding, most_bytes=MOST).add(pack(b"x" * (MOST + 1)))


@pytest.mark.parametrize("is_write", [False, True], ids=["read", "write"])
@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_a_reply_is_bounded(monkeypatch: pytest.MonkeyPatch, is_write: bool, encoding: str | None) -> None:
    """Both ways of asking stop at the bound, compressed or not; a purchase's outcome is then unknown."""
    monkeypatch.setattr(reply_bodies.BodyReader.__init__, "__kwdefaults__", {"most_bytes": MOST})
    body = json.dumps({"remainingCredits": 1, "template": SIGNAL, "padding": "x" * 3 * MOST}).encode()
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = ScriptedReply(body=gzip.compress(body) if encoding else body, headers=headers)

    async def act(client: Any) -> Any:
        return await (client.create_summary("example.com") if is_write else client.get_credits())

    exchanged = exchange(act, answer)
    assert isinstance(exchanged.error, ApiOutcomeUnknownError)
    assert "the reply is larger than 1 MB" in str(exchanged.error)
    assert not is_write or len(exchanged.received) == 1
    assert exchanged.received[0].headers["accept-encoding"] == "gzip, deflate"


CUT = gzip.compress(b"{}", mtime=0)[:-4]  # the time would be part of the test's name, which differs between workers


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"no gzip"), ("gzip", CUT)]
)
def test_a_body_that_cannot_be_unpacked(encoding: str, body: bytes) -> None:
    """What was not asked for, is damaged, or was cut, is no reply, and never a traceback."""
    answer = ScriptedReply(body=body, headers={"Content-Encoding": encoding})
    exchanged = exchange(lambda client: client.create_summary("example.com"), answer)
    assert isinstance(exchanged.error, ApiOutcomeUnknownError)
    assert "compress" in str(exchanged.error)


ABSURD = ["1e300", "-5", "NaN", "Infinity", "abc", "", "9" * 400, "Sun, 06 Nov 99999 08:49:37 GMT", "0", "1e999"]


@pytest.mark.parametrize("told", ABSURD)
@pytest.mark.parametrize("place", ["Retry-After", "X-Ratelimit-Reset", "Date", "retryAfter"])
def test_absurd_waits(told: str, place: str) -> None:
    """A wait that cannot be meant is not believed: the request goes on after a wait of our own."""
    body: dict[str, Any] = {"statusCode": 429, "error": "Too Many Requests"}
    headers = {"X-Ratelimit-Remaining": "5", "X-Ratelimit-Limit": "1e400"}
    if place == "retryAfter":
        body["retryAfter"] = told
    else:
        headers[place] = told
    refused = ScriptedReply(status=429, body=json.dumps(body).encode(), headers=headers)
    exchanged = exchange(lambda client: client.get_credits(), refused, reply_json({"remainingCredits": 3}))
    assert exchanged.error is None
    assert exchanged.result == 3
    assert exchanged.clock.monotonic() < 120


@pytest.mark.parametrize("number", [10**400, -(10**30), 1e300, -1.5, True, None, [1]])
def test_absurd_numbers_in_a_refusal(number: object) -> None:
    """Numbers of any size where a wait should stand give no wait, and no traceback."""
    body = json.dumps({"statusCode": 429, "retryAfter": number}).encode()
    assert retry_after_seconds(Reply(429, {}, body), FakeClock().now()) is None


@pytest.mark.parametrize("balance", [-1, -1e300, 1e300, 10**30, "many", None, True, [], float("nan")])
def test_absurd_balances(balance: object) -> None:
    """A balance that cannot be is an error about the reply, before anything is bought."""
    exchanged = exchange(lambda client: client.get_credits(), reply_json({"remainingCredits": balance}))
    assert isinstance(exchanged.error, ApiError)
    assert "cannot be read" in str(exchanged.error)


def test_fractions_of_credits() -> None:
    """A balance with a fraction counts as the whole credits in it."""
    assert exchange(lambda client: client.get_credits(), reply_json({"remainingCredits": 12.9})).result == 12


@pytest.mark.parametrize(
    "value",
    [
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999-01-01T00:00:00Z"),
        *(1e300, -1e300, 10**400, float("nan"), "2026-13-45", "", True, -(10**12), 1e15),
    ],
)
def test_absurd_times(value: object) -> None:
    """A time that no event can have is none."""
    assert moment(value) is None


@pytest.mark.parametrize("year", ["9999", "99999", "-0001"])
def test_absurd_dates(year: str) -> None:
    """A Date header of such a year changes no clock."""
    assert http_date(f"Mon, 01 Jan {year} 00:00:00 +1400") is None


def test_whole_numbers_fit_the_tables() -> None:
    """A number that SQLite could not hold is none."""
    assert whole_number(2**53) == 2**53
    assert whole_number(2**53 + 2) is None
    assert whole_number("1e30") is None


SPELT = {
    "plain": KEY,
    "escaped": "".join(f"\\u{ord(c):04x}" for c in KEY),
    "one escape, capitals": KEY.replace("_", "\\u005F"),
    "JSON in JSON": KEY.replace("_", "\\\\u005f"),
    "in an address": KEY.replace("_", "%5F"),
    "in an address of an address": KEY.replace("_", "%255f").replace("k", "%6B"),
    "in an address, and escaped": KEY.replace("_", "%5F").replace("l", "\\u006c"),
}


@pytest.mark.parametrize("spelt", SPELT)
@pytest.mark.parametrize("status", [200, 201])
def test_a_repeated_key_is_masked(spelt: str, status: int) -> None:
    """A reply that succeeds and repeats the key, in whatever field and spelling, never brings it in."""
    text = json.dumps({**SIGNAL, "error": "@", "metadata": {"@": ["@@"]}, "answer": {"value": "a@b"}})
    answer = ScriptedReply(status=status, body=text.replace("@", SPELT[spelt]).encode(), headers={"X-Request-Id": KEY})
    signal = exchange(lambda client: client.get_signal("1"), answer).result
    told = json.loads(signal.raw)
    assert told["error"] == SHOWN_KEY
    assert told["metadata"] == {SHOWN_KEY: [SHOWN_KEY * 2]}
    assert told["answer"] == {"value": f"a{SHOWN_KEY}b"}
    assert KEY not in repr(signal)


def test_a_key_in_headers_and_errors() -> None:
    """Neither a header nor the body of a refusal gives the key away."""
    refused = ScriptedReply(
        status=422, body=b'{"error": {"message": "' + KEY.encode() + b'"}}', headers={"X-Request-Id": KEY}
    )
    error = exchange(lambda client: client.get_signal("1"), refused).error
    assert isinstance(error, ApiError)
    assert KEY not in str(error)
    assert KEY not in repr(error.request_id)
    assert KEY.encode() not in error.body


def test_keys_of_every_character() -> None:
    """A key with characters that JSON or an address writes in another way is found all the same."""
    key = 'sk_live_/"%+\\0123456789WXYZ'
    mask = KeyMask(key)
    for body in (json.dumps([key]), json.dumps([key]).replace("/", "\\/")):
        assert json.loads(mask.without_key(body.encode())) == [mask.shown]
    assert b"6789WXY" not in mask.without_key(b"https://a.example/?k=sk_live_%2F%22%25%2B%5C0123456789WXYZ")


def test_spelling_a_key_out_takes_no_time() -> None:
    """A reply of nothing but beginnings of a key's spellings is searched in linear time."""
    body = b"\\" * 300_000 + b"\\u0073" + b"%25" * 100_000 + b"%73"
    assert KeyMask(KEY).without_key(body) == body


def test_what_is_not_the_key_stays() -> None:
    """Replies with escapes and percent signs of their own are left as they are."""
    body = json.dumps({"a": "é 100% \\u0073 / http://x.example/%73"}).replace("/", "\\/").encode()
    assert KeyMask(KEY).without_key(body) is body


def test_too_long_a_pause_names_its_limit() -> None:
    """A wait of two hours is believed, and ends the request with the API's own refusal."""
    exchanged = exchange(lambda client: client.get_credits(), reply_json({"statusCode": 429, "retryAfter": 7_200}, 429))
    assert isinstance(exchanged.error, ApiRateLimitedError)
