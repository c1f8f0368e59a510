"""A hundred files that somebody may have left in a folder of lists, the same ones for the same seed."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import random
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = ("csv", "tsv", "csv.gz", "xlsx", "parquet")
UNLISTED = (
    ".DS_Store", "._good.csv", ".gitkeep", "~$lock.xlsx", "Thumbs.db", "list.csv.tmp", "list.csv~", "list.crdownload",
    "README", "notes.txt", "book.xls", "book.ods", "list.numbers", "dump.sql", "list.jsonl", "pic.png", "list.csv.zip",
)  # fmt: skip
NAMES = (
    "two words", "wörter ß", "a'b\"c", "new\nline", "tab\there", "🦊", "%s{}", "$(touch x)", "-rf", "--help", "a,b;c",
    "CON", "nul", "..", "a.b.c", "x" * 200, "ends ", "\u202etxt", "[bold]x", "null", "1e5", "a\\b",
)  # fmt: skip


def write_strange_files(folder: Path, seed: int = 0) -> int:
    """Fill ``folder``; returns how many entries were made."""
    dice = random.Random(seed)  # noqa: S311 - the same files for the same seed
    before = len(list(folder.iterdir()))
    for ending in ENDINGS:
        for name, content in _contents(dice).items():
            (folder / f"{name}-{ending.replace('.', '')}.{ending}").write_bytes(content)
    for name in UNLISTED:
        (folder / name).write_bytes(dice.randbytes(100))
    for name in NAMES:
        (folder / f"{name}.{dice.choice(ENDINGS)}").write_bytes(dice.randbytes(50))
    for raw in (b"bytes\xff\xfe.csv", b"bytes\xfd.csv", b"bytes\xff.csv", b"bytes\xff.doc"):
        (folder / os.fsdecode(raw)).write_bytes(b"")
    (folder / "folder.csv").mkdir()
    (folder / "folder.parquet").mkdir()
    (folder / "parts.parquet").mkdir()
    (folder / "parts.parquet" / "part-0.parquet").write_bytes(dice.randbytes(100))
    (folder / "plain folder").mkdir()
    (folder / "nowhere.csv").symlink_to(folder / "not there")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    (folder / "upwards.parquet").symlink_to(folder)
    (folder / "device.csv").symlink_to("/dev/null")
    os.mkfifo(folder / "pipe.csv")
    (folder / "same stem.csv").write_text("domain\nstripe.com\n")
    (folder / "same_stem.csv").write_text("domain\nadyen.com\n")
    if os.geteuid() != 0:
        (folder / "locked.csv").write_text("domain\nstripe.com\n")
        (folder / "locked.csv").chmod(0)
    return len(list(folder.iterdir())) - before


def _contents(dice: random.Random) -> dict[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("accounts.csv", "domain\nstripe.com\n")
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    table = io.BytesIO()
    pq.write_table(pa.table({"n": list(range(1000))}), table)
    lines = gzip.compress(b"n\n" + bytes(range(33, 99)) * 40)
    return {
        "random": dice.randbytes(dice.randrange(1, 5000)),
        "empty": b"",
        "mark": dice.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\x00\x00")),
        "zeros": bytes(dice.randrange(1, 5000)),
        "page": b"<!doctype html><html><body><table><tr><td>stripe.com</td></tr></table></body></html>",
        "json": json.dumps([{"domain": "stripe.com"}] * dice.randrange(1, 9), indent=2).encode(),
        "zip": packed.getvalue(),
        "cut-book": book.getvalue()[: dice.randrange(1, len(book.getvalue()))],
        "bent-book": _bent(dice, book.getvalue()),
        "cut-table": table.getvalue()[: -dice.randrange(1, len(table.getvalue()) - 1)],
        "bent-table": _bent(dice, table.getvalue()),
        "cut-gzip": lines[: dice.randrange(1, len(lines))],
        "bzip": bz2.compress(b"domain\nstripe.com\n"),
        "one-line": b"x" * 3_000_000,
        "blank": b" \r\n\t\r\n" * 50,
        "prose": b"Talk to the people at stripe.com, and then to adyen.com about it\n" * 3,
        "encrypted": b"PARE" + dice.randbytes(60) + b"PARE",
    }


def _bent(dice: random.Random, content: bytes) -> bytes:
    bent = bytearray(content)
    for _ in range(20):
        bent[dice.randrange(4, len(bent))] = dice.randrange(256)
    return bytes(bent)
