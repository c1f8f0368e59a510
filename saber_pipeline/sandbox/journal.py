"""An append-only file of events, so that a sandbox outlives its process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from saber_pipeline.sandbox.journal_events import AnyEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Journal:
    """One JSON line for each event. The operating system has the line before the reply leaves.

    The journal survives ``kill -9`` of the sandbox. It is not synced, so a crash of the machine may lose events.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoder = msgspec.json.Encoder()
        self._drop_torn_line()
        self._file = path.open("ab", buffering=0)

    def events(self) -> Iterator[AnyEvent]:
        decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        with self._path.open("rb") as file:
            for line in file:
                yield decoder.decode(line)

    def append(self, event: AnyEvent) -> None:
        line = memoryview(self._encoder.encode(event) + b"\n")
        while line:  # an unbuffered write may take only a part
            line = line[self._file.write(line) :]

    def close(self) -> None:
        self._file.close()

    def _drop_torn_line(self) -> None:
        """Remove half an event at the end. A kill during a write leaves one, and its request got no reply."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            file.seek(0)
            content = file.read()
            complete = content.rfind(b"\n") + 1
            if complete != len(content):
                file.truncate(complete)
