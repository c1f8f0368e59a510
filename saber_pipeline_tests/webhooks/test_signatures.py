"""A webhook counts only with a signature made with our secret over its very bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.webhooks.receiver_app import is_signed

SECRET = "whsec_0123456789"  # noqa: S105 - guards nothing
BODY = b'{"event": "signal.completed", "data": {"id": "1"}}'


def spellings(digest: bytes) -> list[str]:
    """Every way to write a signature that is read."""
    plain = [
        digest.hex(),
        digest.hex().upper(),
        base64.b64encode(digest).decode(),
        base64.b64encode(digest).decode().rstrip("="),
        base64.urlsafe_b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode().rstrip("="),
    ]
    prefixed = [f"{prefix}{text}" for prefix in ("sha256=", "sha256:", "v1=", "hmac-sha256=") for text in plain]
    listed = [f"t=1790000000,v1={digest.hex()}", f"v1={'0' * 64} v1={digest.hex()}", f"v1={'0' * 64}, {plain[2]}"]
    return plain + prefixed + listed


def digest(body: bytes = BODY, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


@pytest.mark.parametrize("header", spellings(digest()))
def test_every_spelling_is_read(header: str) -> None:
    """Hex and base64 of either alphabet, alone, behind a prefix or beside others, are the same signature."""
    assert is_signed(BODY, header, SECRET)


@pytest.mark.parametrize("header", [*spellings(digest(BODY, "other")), *spellings(digest(BODY + b" "))])
def test_other_secrets_and_other_bytes_are_not(header: str) -> None:
    """A signature with another secret, or over other bytes, is none in any spelling."""
    assert not is_signed(BODY, header, SECRET)


@pytest.mark.parametrize(
    "header", [None, "", "sha256=", "=", digest().hex()[:-1], digest().hex() + "0", "x" * 5_000, "é" * 64, "=" * 44]
)
def test_what_is_no_signature(header: str | None) -> None:
    """Nothing, halves and garbage are no signature, and raise nothing."""
    assert not is_signed(BODY, header, SECRET)


@given(st.text(max_size=200), st.binary(max_size=50))
def test_no_text_is_a_signature_by_accident(header: str, body: bytes) -> None:
    """Whatever the header holds, checking it neither raises nor lets it in."""
    assert not is_signed(body, header, SECRET)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_any_body_and_secret(body: bytes, secret: str) -> None:
    """Any bytes signed with any secret are recognised."""
    assert all(is_signed(body, header, secret) for header in spellings(digest(body, secret)))
