"""Mistakes in questions.yaml or sources.yaml, collected so that one report shows all of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import QuestionsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from saber_pipeline.errors import InputError

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, order=True)
class Mistake:
    """One line of the report. ``line`` counts from 1; 0 means the whole file."""

    line: int
    key_path: str
    message: str


class Mistakes:
    """Collects the mistakes in one file, for one report as ``error``."""

    def __init__(self, path: Path, error: type[InputError] = QuestionsError) -> None:
        self._path = path
        self._error = error
        self._found: set[Mistake] = set()  # a set: an alias can show one mistake twice

    def add(self, line: int, key_path: str, message: str) -> None:
        self._found.add(Mistake(line, key_path, message))

    def without(self, places: Collection[str]) -> Mistakes:
        """The mistakes outside these places."""
        left = Mistakes(self._path, self._error)
        left._found = {
            one for one in self._found if not any(f"{one.key_path}.".startswith(f"{place}.") for place in places)
        }
        return left

    def __len__(self) -> int:
        return len(self._found)

    def report(self) -> InputError:
        """All mistakes in the order of their lines."""
        noun = "mistake" if len(self._found) == 1 else "mistakes"
        lines = [f"{len(self._found)} {noun} in {self._path}:"]
        for mistake in sorted(self._found):
            place = self._path.name + (f":{mistake.line}" if mistake.line else "")
            lines.append(": ".join(part for part in (place, mistake.key_path, mistake.message) if part))
        return self._error("\n".join(lines))


def quote(text: str) -> str:
    """The text in quotes, on one line, cut if it is long."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return repr(cut)


def quote_key(text: str) -> str:
    """A key as part of a place: in quotes unless it reads well without them."""
    is_plain = text.isprintable() and 0 < len(text) <= _SHOWN_CHARACTERS and not any(c in text for c in " .:'")
    return text if is_plain else quote(text)


def one_of(words: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return ", ".join(words[:-1]) + f" or {words[-1]}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` if a known word is similar, otherwise empty."""
    near = difflib.get_close_matches(word[:_SHOWN_CHARACTERS].lower(), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
