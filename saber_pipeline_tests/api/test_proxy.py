"""A proxy, and certificates of one's own: on both ways that requests go, and only where they are named."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.proxy import Way
from saber_pipeline.api.retry import RetrySettings
from saber_pipeline.api.transport import RequestLimits
from saber_pipeline.errors import ApiError, ApiUnreachableError, SettingsError
from saber_pipeline_tests.api.scripted_server import ScriptedReply, ScriptedServer, reply_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CERTIFICATES = Path(__file__).parent / "certificates"
KEY = "sk_test_a_key_that_is_long_enough"
PASSWORD, QUOTED = "hunter2/@x", "hunter2%2F%40x"
LOGIN = b64encode(f"someone:{PASSWORD}".encode()).decode()
CREDITS = reply_json({"remainingCredits": 5})
DONE = ScriptedReply(status=204)
PATIENT = RequestLimits(connect_seconds=10, reply_seconds=10, total_seconds=20)
ONCE = RetrySettings(attempts=1)


class Tunnels:
    """A proxy that makes tunnels, and keeps the heads of the requests for them."""

    def __init__(self) -> None:
        self.heads: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        host, _, port = head.split(" ")[1].rpartition(":")
        inner, outer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pump(reader, outer), _pump(inner, writer))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while some := await source.read(65_536):
            target.write(some)
            await target.drain()
    target.close()


async def _read(api: SaberClient) -> None:
    await api.get_credits()


async def _write(api: SaberClient) -> None:
    await api.delete_template("t")


BOTH_WAYS = pytest.mark.parametrize(("act", "answer"), [(_read, CREDITS), (_write, DONE)], ids=["read", "write"])


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server_127.0.0.1.pem")
    return context


async def outcome(act: Callable[[SaberClient], Awaitable[None]], base_url: str, way: Way) -> ApiError | None:
    async with SaberClient(KEY, base_url, limits=PATIENT, retry=ONCE, way=way) as api:
        try:
            await act(api)
        except ApiError as error:
            return error
    return None


@BOTH_WAYS
def test_requests_go_through_the_proxy(act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply) -> None:
    """With a proxy every request goes there whole, with the login that the proxy asks for."""

    async def run() -> None:
        async with ScriptedServer(answer) as proxy:
            named = proxy.url.replace("//", f"//someone:{QUOTED}@")
            assert await outcome(act, "http://api.example/prefix", Way(named)) is None
            (received,) = proxy.received
            assert received.target.startswith("http://api.example/prefix/v1/")
            assert received.headers["proxy-authorization"] == f"Basic {LOGIN}"

    asyncio.run(run())


@BOTH_WAYS
def test_nothing_is_taken_from_the_environment(
    act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the setting no proxy is used, whatever the environment names."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def run() -> None:
        async with ScriptedServer(answer) as server:
            assert await outcome(act, server.url, Way()) is None
            assert "proxy-authorization" not in server.received[0].headers

    asyncio.run(run())


@BOTH_WAYS
def test_an_encrypted_address_is_reached_by_a_tunnel(
    act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply
) -> None:
    """The proxy gets the login and not the key; the API gets the key and not the login; its certificate is checked."""

    async def run() -> None:
        authority = CERTIFICATES / "authority.pem"
        async with ScriptedServer(answer, tls=tls()) as server, Tunnels() as proxy:
            assert await outcome(act, server.url, Way(f"http://someone:{QUOTED}@{proxy.place}", authority)) is None
            (head,) = proxy.heads
            assert head.startswith("CONNECT 127.0.0.1:")
            assert f"Basic {LOGIN}" in head
            assert KEY not in head
            (received,) = server.received
            assert received.headers["authorization"] == f"Bearer {KEY}"
            assert "proxy-authorization" not in received.headers

    asyncio.run(run())


@BOTH_WAYS
def test_only_named_certificates_are_trusted(
    act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply
) -> None:
    """A server whose authority nobody knows is not sent anything; with SABER_CA_FILE it is."""

    async def run() -> None:
        async with ScriptedServer(answer, tls=tls()) as server:
            refused = await outcome(act, server.url, Way())
            assert isinstance(refused, ApiUnreachableError)
            assert "certificate" in str(refused).lower()
            assert server.received == []
            assert await outcome(act, server.url, Way(ca_file=CERTIFICATES / "authority.pem")) is None

    asyncio.run(run())


@BOTH_WAYS
def test_a_proxy_that_makes_no_tunnel_has_sent_nothing(
    act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply
) -> None:
    """A refused tunnel counts as never sent, and the error shows no password, however the proxy repeats it."""

    async def run() -> None:
        async with ScriptedServer(reply_json({"login": PASSWORD}, status=407)) as proxy:
            named = proxy.url.replace("//", f"//someone:{QUOTED}@")
            error = await outcome(act, "https://api.example", Way(named))
            assert isinstance(error, ApiUnreachableError)
            assert "Nothing was sent" in str(error)
            assert "407" in str(error)
            assert not any(secret in str(error) for secret in (PASSWORD, QUOTED, LOGIN))

    asyncio.run(run())
    assert answer.status < 300


@BOTH_WAYS
def test_a_proxy_that_repeats_the_password_is_masked(
    act: Callable[[SaberClient], Awaitable[None]], answer: ScriptedReply
) -> None:
    """An error page of the proxy's shows the password nowhere: not in the message, not in the kept body."""

    async def run() -> None:
        said = reply_json({"message": f"no {PASSWORD} {LOGIN} {QUOTED}"}, status=400 if answer.body else 403)
        async with ScriptedServer(said) as proxy:
            error = await outcome(act, "http://api.example", Way(proxy.url.replace("//", f"//someone:{QUOTED}@")))
            assert error is not None
            shown = f"{error} {error.body!r} {Way(proxy.url)!r}"
            assert not any(secret in shown for secret in (PASSWORD, QUOTED, LOGIN))

    asyncio.run(run())


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    """The error names the file and the setting."""
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"SABER_CA_FILE: .*ca\.pem cannot be used"):
        asyncio.run(outcome(_write, "https://api.example", Way(ca_file=tmp_path / "ca.pem")))
