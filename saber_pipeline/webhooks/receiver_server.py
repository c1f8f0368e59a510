"""Starts the receiver, in the foreground for the command line."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import uvicorn
from starlette.applications import Starlette

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.masking import KeyMask
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import SettingsError
from saber_pipeline.ledger.store import Ledger, check_address
from saber_pipeline.runs.clients import way_to_api
from saber_pipeline.webhooks.connections import Places, guarded
from saber_pipeline.webhooks.receiver_app import Door, create_app
from saber_pipeline.webhooks.webhook_worker import WebhookWorker, WorkerIntervals

BACKLOG = 512
LEDGER_PATIENCE_SECONDS = 10.0
"""Saber waits 30 seconds for a reply; the receiver reports a busy ledger before that."""


def serve_webhooks(
    settings: Settings,
    *,
    host: str,
    port: int,
    unsigned: bool = False,
    on_ready: Callable[[str], None] = lambda _address: None,
) -> None:
    """Receive until interrupted. ``on_ready`` is called with the address once connections are accepted.

    Raises:
        SettingsError: no key, or no secret and not ``unsigned``.
        OtherAddressError, StorageError: the data directory belongs to another API, or cannot be used.
        OSError: the address cannot be listened on.
    """
    app, ledger = build_receiver(settings, unsigned=unsigned)
    with closing(ledger):
        listening = _listen(host, port)
        on_ready(f"http://{host}:{listening.getsockname()[1]}/")
        server(app).run(sockets=[listening])


def build_receiver(
    settings: Settings,
    *,
    unsigned: bool,
    intervals: WorkerIntervals | None = None,
    ledger_patience_seconds: float = LEDGER_PATIENCE_SECONDS,
) -> tuple[Starlette, Ledger]:
    """The application, and its ledger for the caller to close. Raises as ``serve_webhooks`` does."""
    secret = settings.webhook_secret
    if secret is None and not unsigned:
        raise SettingsError(
            "SABER_WEBHOOK_SECRET is not set, so anybody could send webhooks here. Set it in the environment or in "
            ".env to the secret that Saber signs with, or start with --unsigned if only Saber can reach this address."
        )
    key = settings.require_api_key().reveal()
    ledger = Ledger.open(DataPaths.of(settings).ledger, busy_timeout_seconds=ledger_patience_seconds)
    try:
        with ledger.reading() as connection:
            check_address(connection, settings.base_url)
    except BaseException:
        ledger.close()
        raise
    way = way_to_api(settings)
    worker = WebhookWorker(
        settings, ledger, lambda: SaberClient(key, settings.base_url, way=way), intervals or WorkerIntervals()
    )
    door = Door(ledger, None if unsigned else secret, worker.wake, KeyMask(key).without_likely_key)
    return create_app(door, worker), ledger


def server(app: Starlette, places: Places | None = None) -> uvicorn.Server:
    """A server for the application, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="error",  # anybody could cause its warnings, as often as they like
            access_log=False,
            server_header=False,
            http=guarded(places or Places()),
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
        )
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(BACKLOG)
    return listening
