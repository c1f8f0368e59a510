"""Posts alerts as JSON, or in the form of Slack's incoming webhooks if the address is Slack's.

Each POST has a time limit, follows no redirect, and reads only the status of the reply: the user chooses the address,
but not the server behind it.
"""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from saber_pipeline.config.secrets import AlertAddress
from saber_pipeline.foreign_text import one_line
from saber_pipeline.ledger.alerts import (
    WaitingAlert,
    begin_to_send,
    count_waiting,
    note_not_sent,
    note_sent,
    waiting_alerts,
)
from saber_pipeline.ledger.store import Ledger, get_value

POST_SECONDS = 5.0
POSTS_AT_ONCE = 20
POSTING_SECONDS = 25.0
"""A sensor's tick has 60 seconds; alerts that are not posted within this time wait for the next one."""

LONGEST_BODY_BYTES = 32_000
LONGEST_TEXT = 3_000
SLACK = "slack.com"
SENDER_KEY = "alerts_sender"
"""The key of this ledger's id, which prefixes alert ids, because those are unique in one data directory only."""


@dataclass(frozen=True)
class Posted:
    """The result of a round of posting. ``problem``: why the address did not accept an alert, without secrets."""

    sent: int
    waiting: int
    problem: str | None = None


def is_slack(address: str) -> bool:
    host = (urlsplit(address).hostname or "").rstrip(".").lower()
    return host == SLACK or host.endswith(f".{SLACK}")


def body_of(waiting: WaitingAlert, alert_id: str, *, for_slack: bool) -> bytes:
    """The body of a POST: at most 32,000 bytes of JSON, with as many items as fit."""
    alert = waiting.alert
    text = one_line(alert.text, LONGEST_TEXT)
    if for_slack:
        return _json({"text": html.escape(text, quote=False)})
    envelope: dict[str, Any] = {
        "id": alert_id,
        "kind": alert.kind,
        "text": text,
        "at": datetime.fromtimestamp(waiting.noted_at, tz=UTC).isoformat(timespec="seconds"),
    }
    details = dict(alert.details)
    while len(whole := _json({**envelope, "details": details})) > LONGEST_BODY_BYTES:
        items = details.get("items", [])
        details = {**details, "items": items[: len(items) // 2]} if items else {}
    return whole


def post_waiting(
    ledger: Ledger,
    address: AlertAddress,
    *,
    transport: httpx.BaseTransport | None = None,
    now: Callable[[], float] = time.time,
) -> Posted:
    """Post the due alerts. An unreachable address ends the round; a refused alert does not delay others.

    Raises StorageError if the ledger cannot be read or written.
    """
    sent, problem, began = 0, None, time.monotonic()
    with ledger.reading() as connection:
        due = waiting_alerts(connection, now=now(), limit=POSTS_AT_ONCE)
        sender = get_value(connection, SENDER_KEY) or ""
    with httpx.Client(transport=transport, timeout=POST_SECONDS, follow_redirects=False, trust_env=False) as client:
        for waiting in due:
            if time.monotonic() - began > POSTING_SECONDS:
                break
            with ledger.transaction() as connection:
                if not begin_to_send(connection, waiting.alert.alert_id):
                    continue
            why: str | None = "the request broke off"
            is_reached = False
            try:
                why, is_reached = _post(client, address, waiting, f"{sender}:{waiting.alert.alert_id}")
            finally:
                with ledger.transaction() as connection:
                    if why is None:
                        note_sent(connection, waiting.alert.alert_id, now=now())
                    else:
                        note_not_sent(connection, waiting.alert.alert_id, now=now())
            sent += why is None
            problem = problem or why
            if not is_reached:
                break
    with ledger.reading() as connection:
        return Posted(sent, count_waiting(connection), problem)


def _post(client: httpx.Client, address: AlertAddress, waiting: WaitingAlert, alert_id: str) -> tuple[str | None, bool]:
    """Why the address did not accept the alert (None if it did), and whether any server answered."""
    try:
        with client.stream(
            "POST",
            address.reveal(),
            content=body_of(waiting, alert_id, for_slack=is_slack(address.reveal())),
            headers={"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": _ascii(alert_id)},
        ) as reply:
            status = reply.status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return f"{address} did not answer ({type(error).__name__})", False
    if reply.is_success:
        return None, True
    redirect = ", a redirect, which is not followed" if reply.is_redirect else ""
    return f"{address} answered with status {status}{redirect}", True


def _ascii(text: str) -> str:
    """``text`` for a header: the id may contain a job's name, which need not be ASCII."""
    return text.encode("ascii", "backslashreplace").decode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
