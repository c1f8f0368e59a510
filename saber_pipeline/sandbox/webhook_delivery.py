"""Sends signed webhooks, each again until it is accepted. Faults in force hold, repeat or reorder webhooks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.sandbox_settings import EnvelopeStyle, SignatureStyle
from saber_pipeline.sandbox.signal_json import Rendering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from saber_pipeline.sandbox.due_webhooks import Due
    from saber_pipeline.sandbox.records import Signal
    from saber_pipeline.sandbox.sandbox_state import Sandbox

LOOK_SECONDS = 0.02
MOST_RETRIES = 25
LONGEST_RETRY_SECONDS = 30.0
TIMEOUT_SECONDS = 30.0
HEADER = "X-Webhook-Signature"


@asynccontextmanager
async def delivering_webhooks(sandbox: Sandbox) -> AsyncIterator[None]:
    """Deliver in the background until the block ends."""
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as http:
        task = asyncio.create_task(_Deliverer(sandbox, http).run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Deliverer:
    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._sandbox = sandbox
        self._http = http
        self._rendering = Rendering(sandbox)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        while True:
            effects = self._sandbox.faults.effects
            due = [] if effects.webhooks_held else self._sandbox.webhooks.take_due(self._sandbox.clock.now_ms())
            if effects.webhook_disorder:
                due.reverse()
            for one in due * (1 + effects.webhook_repeats):
                task = asyncio.create_task(self._deliver(one))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(LOOK_SECONDS)

    async def _deliver(self, due: Due) -> None:
        signal = self._sandbox.store.get(due.signal_id)
        if signal is None:
            return
        body = _body(self._sandbox, self._rendering, signal)
        headers = {HEADER: signature(self._sandbox, body), "Content-Type": "application/json"}
        wait = self._sandbox.settings.webhook_first_retry_seconds
        for _ in range(1 + MOST_RETRIES):
            self._sandbox.webhooks.counts["sent"] += 1
            if await self._send(due.url, body, headers):
                self._sandbox.webhooks.counts["taken"] += 1
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)
        self._sandbox.webhooks.counts["given_up"] += 1

    async def _send(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            return (await self._http.post(url, content=body, headers=headers)).is_success
        except httpx.HTTPError:
            return False


def signature(sandbox: Sandbox, body: bytes) -> str:
    """HMAC-SHA256 over the body, written in the style of the settings."""
    digest = hmac.new(sandbox.settings.webhook_secret.encode(), body, hashlib.sha256).digest()
    style = sandbox.settings.webhook_signature
    is_hex = style in {SignatureStyle.HEX, SignatureStyle.PREFIXED_HEX}
    text = digest.hex() if is_hex else base64.b64encode(digest).decode()
    return f"sha256={text}" if style in {SignatureStyle.PREFIXED_HEX, SignatureStyle.PREFIXED_BASE64} else text


def _body(sandbox: Sandbox, rendering: Rendering, signal: Signal) -> bytes:
    status = signal.status(sandbox.clock.now_ms())
    event = f"signal.{status}"
    asked = sandbox.store.asked[signal.asked]
    told: dict[str, Any] = msgspec.json.decode(rendering.detail(signal))
    if not asked.is_contact:  # firmographics of a company arrive by webhook only
        company = company_named(signal.subject, sandbox.settings.seed)
        told["company"] = company.firmographics(sandbox.company_id(signal.subject))
    flat = {name: value for name, value in told.items() if name != "id"}
    at = iso(sandbox.clock.now_ms())
    envelopes: dict[EnvelopeStyle, dict[str, Any]] = {
        EnvelopeStyle.DATA: {"event": event, "timestamp": at, "data": told},
        EnvelopeStyle.SIGNAL: {"id": f"evt_{signal.id[:8]}", "type": event, "createdAt": at, "signal": told},
        EnvelopeStyle.FLAT: {"eventType": event, "signalId": signal.id, **flat},
    }
    return json.dumps(envelopes[sandbox.settings.webhook_envelope]).encode()
