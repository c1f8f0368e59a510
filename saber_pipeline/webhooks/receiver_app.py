"""The receiver as an ASGI application. It checks, records and answers webhooks; the worker reads the signals later."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saber_pipeline.errors import StorageError
from saber_pipeline.ledger.pending_firmographics import note_company
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.webhook_events import note_events
from saber_pipeline.webhooks.events import Event, read_event

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import WebhookSecret
    from saber_pipeline.webhooks.webhook_worker import WebhookWorker


HEADER = "x-webhook-signature"
LONGEST_HEADER = 4_096
_DIGEST_BYTES = 32
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether ``header`` contains the signature of ``body``. The comparison takes constant time."""
    if not header or len(header) > LONGEST_HEADER:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    matches = [hmac.compare_digest(expected, digest) for digest in _digests(header)]
    return any(matches)


def _digests(header: str) -> Iterator[bytes]:
    for part in re.split(r"[,;\s]+", header):
        # A prefix such as "sha256=" may come first. Base64 may end with "=", so the whole part is tried too.
        for text in {part, part.partition("=")[2], part.partition(":")[2]}:
            if _HEX.fullmatch(text):
                yield bytes.fromhex(text)
            elif _BASE64.fullmatch(text):
                try:
                    digest = base64.b64decode(text.rstrip("=") + "=", altchars=b"-_" if set(text) & set("-_") else None)
                except (binascii.Error, ValueError):
                    continue
                if len(digest) == _DIGEST_BYTES:
                    yield digest


SECONDS_BETWEEN = 60.0


@dataclass
class RareLines:
    """Logs each line at once, then at most once a minute, with the number of suppressed repetitions."""

    logger: logging.Logger
    now: Callable[[], float] = monotonic
    _logged_at: dict[str, float] = field(default_factory=dict)
    _suppressed: dict[str, int] = field(default_factory=dict)

    def warn(self, line: str) -> None:
        """Log ``line``, one of a few fixed texts, or count it."""
        now = self.now()
        if line in self._logged_at and now - self._logged_at[line] < SECONDS_BETWEEN:
            self._suppressed[line] = self._suppressed.get(line, 0) + 1
            return
        self._logged_at[line] = now
        suppressed = self._suppressed.pop(line, 0)
        self.logger.warning("%s%s", line, f" ({suppressed:,} more since the last such line)" if suppressed else "")


logger = logging.getLogger(__name__)

MOST_BODY_BYTES = 1_000_000


@dataclass
class Receipts:
    """Counts of the webhooks received so far."""

    taken: int = 0
    repeated: int = 0
    not_signed: int = 0
    not_understood: int = 0
    too_large: int = 0


@dataclass
class Door:
    """Accepts signed webhooks and records the ids in them. ``secret`` is None if signatures are not checked.

    ``without_key`` removes the API key from bodies, in case the API repeats it: recorded values end up in tables.
    """

    ledger: Ledger
    secret: WebhookSecret | None
    wake: Callable[[], None]
    without_key: Callable[[bytes], bytes]
    receipts: Receipts = field(default_factory=Receipts)
    lines: RareLines = field(default_factory=lambda: RareLines(logger))
    _unwritten: list[tuple[Event, asyncio.Future[bool]]] = field(default_factory=list)
    _writing: asyncio.Task[None] | None = None

    async def receive(self, request: Request) -> Response:
        """202 if accepted, 401 without a valid signature, 413 if too large, 503 if Saber should send it again."""
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            self.receipts.too_large += 1
            return _reply("too large", 413)
        if self.secret is not None and not is_signed(body, request.headers.get(HEADER), self.secret.reveal()):
            self.receipts.not_signed += 1
            self.lines.warn("A request without our signature was refused.")
            return _reply("not signed", 401)
        event = read_event(self.without_key(body))  # after the signature check, which needs the body as sent
        if event is None:
            # Accept it anyway: a repetition would not be understood either.
            self.receipts.not_understood += 1
            self.lines.warn("A signed webhook has no content that this version understands.")
            return _reply("not understood", 202)
        try:
            is_new = await self._note(event)
        except (sa.exc.SQLAlchemyError, StorageError):
            self.lines.warn("The ledger is busy; Saber will send the webhook again.")
            return _reply("busy", 503)
        self.receipts.taken += is_new
        self.receipts.repeated += not is_new
        if is_new:
            self.wake()
        return _reply("taken" if is_new else "known", 202)

    async def _note(self, event: Event) -> bool:
        """Record the event, in one transaction with others that arrive meanwhile; returns whether it is new."""
        noted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._unwritten.append((event, noted))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await noted

    async def _write_all(self) -> None:
        while self._unwritten:
            pending, self._unwritten = self._unwritten, []
            try:
                are_new = await asyncio.to_thread(self._write, [event for event, _ in pending])
            except (sa.exc.SQLAlchemyError, StorageError) as error:
                for _, noted in pending:
                    if not noted.done():  # done: cancelled, because the request has ended
                        noted.set_exception(error)
                continue
            for (_, noted), is_new in zip(pending, are_new, strict=True):
                if not noted.done():
                    noted.set_result(is_new)

    def _write(self, events: list[Event]) -> list[bool]:
        with self.ledger.transaction() as connection:
            for event in events:
                if event.company is not None:
                    note_company(connection, event.company)
            return [note_events(connection, event.object_ids, event.name) > 0 for event in events]


def create_app(door: Door, worker: WebhookWorker) -> Starlette:
    """The application. ``worker`` runs in the background for as long as it does."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with worker.working():
            yield

    return Starlette(routes=[Route("/{path:path}", door.receive, methods=["POST"])], lifespan=lifespan)


async def _body(request: Request) -> bytes | None:
    """The raw body; None if it is larger than any webhook."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BODY_BYTES:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _reply(what: str, status: int) -> Response:
    return JSONResponse({"webhook": what}, status)
