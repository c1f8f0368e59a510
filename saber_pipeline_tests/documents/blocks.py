"""The fenced blocks of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
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
