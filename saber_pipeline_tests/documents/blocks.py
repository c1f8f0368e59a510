"""The fenced blocks of a document, and how each is carried out as its reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS = 300
PROGRAMS = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its document, the line it begins on, its language and its text."""

    document: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.document}, line {self.line}"


def blocks(document: str, *languages: str) -> list[Block]:
    """The blocks of a document (its path from the root), in order; of some languages only where these are named."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = [
        Block(document, text[: match.start()].count("\n") + 2, match["language"], match["code"])
        for match in FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


@dataclass(frozen=True)
class ShownResult:
    """A query of a document, and the rows that the document shows below it, as text."""

    query: Block
    columns: list[str]
    rows: list[list[str]]


def first_screen_query() -> ShownResult:
    """The README's first query, with what the box below it says it gives."""
    query, result = (next(iter(blocks("README.md", language))) for language in ("sql", "text"))
    cells = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in result.code.splitlines() if line[0] == "│"
    ]
    return ShownResult(query, cells[0], cells[2:])  # between them are the columns' types


def run_block(block: Block, folder: Path, environment: dict[str, str]) -> str:
    """Run a block of bash, Python or SQL in ``folder``; returns what it printed. A query must have rows."""
    if block.language == "sql":
        with duckdb.connect(str(folder / "data" / "answers.duckdb"), read_only=True) as con:
            rows = con.execute(block.code).fetchall()
        assert rows, f"{block}: no rows"
        return repr(rows)
    done = succeed([*PROGRAMS[block.language], block.code], folder, environment, what=f"{block}:\n{block.code}")
    return done.stdout + done.stderr


def succeed(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    timeout: float = COMMAND_SECONDS,
    what: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run ``command``, which must succeed; ``what`` it is stands before what it printed where it does not."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, f"{what or ' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done
