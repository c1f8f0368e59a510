#!/usr/bin/env bash
# obstore 0.12.1, Python 3.11.
# A store whose endpoint is plain HTTP is reached when the variable AWS_ALLOW_HTTP is true, as its documentation says. Once
# any client option is given, a timeout for instance, the variable counts for nothing, and the request fails with "BadScheme",
# which names neither the variable nor the option. allow_http has to stand among the client options then.
# Output seen:
#   the variable alone: the server was asked 1 time
#   with a timeout as well: the server was asked 0 times, BadScheme
#   with allow_http beside the timeout: the server was asked 1 time
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - <<'PY'
import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

os.environ.update(AWS_ALLOW_HTTP="true", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_REGION="us-east-1")

import obstore  # noqa: E402
from obstore.store import S3Store  # noqa: E402


class Server(BaseHTTPRequestHandler):
    asked = 0

    def do_HEAD(self) -> None:
        Server.asked += 1
        self.send_response(200)
        for name, value in (("Content-Length", "0"), ("ETag", '"e"'), ("Last-Modified", "Mon, 30 Nov 2026 00:00:00 GMT")):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"http://127.0.0.1:{server.server_port}"


def asked(**options: object) -> tuple[int, str]:
    Server.asked = 0
    retry = {"max_retries": 0, "retry_timeout": timedelta(seconds=5)}
    store = S3Store("bucket", endpoint=endpoint, retry_config=retry, **options)
    try:
        obstore.head(store, "object")
    except Exception as error:
        return Server.asked, str(error)
    return Server.asked, ""


times, error = asked()
print(f"the variable alone: the server was asked {times} time")
assert (times, error) == (1, ""), error
times, error = asked(client_options={"timeout": timedelta(seconds=5)})
print(f"with a timeout as well: the server was asked {times} times, {'BadScheme' if 'BadScheme' in error else error}")
assert times == 0 and "BadScheme" in error, "obstore keeps the variable now"
times, error = asked(client_options={"timeout": timedelta(seconds=5), "allow_http": True})
print(f"with allow_http beside the timeout: the server was asked {times} time")
assert (times, error) == (1, ""), error
PY
