#!/usr/bin/env bash
# httpx 0.28.1, aiohttp 3.14.5, requests 2.34.2, zstandard 0.25.0, Python 3.11.
# RFC 1952 lets a gzip stream be several members, one behind the other; a server that compresses a body in parts sends such
# replies. aiohttp and requests give the whole body. httpx gives the first member and no error, so a JSON reply ends in the
# middle; of a zstd body it reads every frame.
# Output seen:
#   gzip, httpx: b'{"items": [1, 2, 3], '
#   gzip, aiohttp: b'{"items": [1, 2, 3], "next": "page-2"}'
#   gzip, requests: b'{"items": [1, 2, 3], "next": "page-2"}'
#   zstd, httpx: b'{"items": [1, 2, 3], "next": "page-2"}'
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check httpx==0.28.1 aiohttp==3.14.5 requests==2.34.2 zstandard==0.25.0
"$folder/venv/bin/python" - <<'PY'
import asyncio
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import requests
import zstandard

PARTS = (b'{"items": [1, 2, 3], ', b'"next": "page-2"}')
BODIES = {
    "/gzip": b"".join(gzip.compress(part) for part in PARTS),
    "/zstd": b"".join(zstandard.compress(part) for part in PARTS),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Encoding", self.path.removeprefix("/"))
        self.send_header("Content-Length", str(len(BODIES[self.path])))
        self.end_headers()
        self.wfile.write(BODIES[self.path])

    def log_message(self, *_):
        pass


async def read_with_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        return await reply.read()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
read = {
    "gzip, httpx": httpx.get(f"{address}/gzip").content,
    "gzip, aiohttp": asyncio.run(read_with_aiohttp(f"{address}/gzip")),
    "gzip, requests": requests.get(f"{address}/gzip").content,
    "zstd, httpx": httpx.get(f"{address}/zstd").content,
}
server.shutdown()
for name, body in read.items():
    print(f"{name}: {body}")
assert read.pop("gzip, httpx") == PARTS[0], "httpx reads further now"
assert set(read.values()) == {b"".join(PARTS)}, "another library or coding changed"
PY
