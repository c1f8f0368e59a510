"""``dagster`` and ``saber-pipeline`` for a shell's PATH, as processes that need not import anything first.

``warm`` writes this file under both names, with the address of its server in place of the one here. It gives the
server its own streams, arguments, folder and environment, passes on the signals that it gets, and ends as the command
does.
"""

import json
import os
import signal
import socket
import sys

ADDRESS = "@address@"
LENGTH_BYTES = 4


def main() -> None:
    body = json.dumps({"arguments": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}).encode()  # noqa: PTH109 - pathlib takes longer to import than the rest
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(ADDRESS)
        socket.send_fds(connection, [len(body).to_bytes(LENGTH_BYTES, "big")], [0, 1, 2])
        connection.sendall(body)
        process = int.from_bytes(connection.recv(LENGTH_BYTES), "big")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: os.kill(process, number))
        code = int.from_bytes(connection.recv(LENGTH_BYTES), "big", signed=True)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
