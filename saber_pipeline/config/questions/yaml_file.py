"""Opens and composes questions.yaml, or reports why it cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scanner import Scanner

from saber_pipeline.config.questions.yaml_nodes import NodeReader, TooLargeError

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.questions.mistakes import Mistakes
    from saber_pipeline.config.questions.yaml_nodes import Node

_MAX_BYTES = 1_000_000  # read in seconds; three hundred questions are about 40 kB
_BEFORE_A_TAB = frozenset(":-?\"']}")
_BEHIND_A_TAB = frozenset("\r\n\0#:")
# Words, one blank and `#`, or `#` and a digit: the first place to look in a file that is no YAML.
_TEXT_BEFORE_HASH = re.compile(r"[^\s#:,\[\]{}] [^#\"']*[^\s#,\[\]{}] #|[^\s#] #\d")
_TEXT_NEEDS_QUOTES = re.compile(
    r"""\s*(?:-\s+)?[\w-]+:\s+(?:[^"'#\[{|>&\s].*:\s|[%@`]|\*[\w-]*[^\w\s-]|"[^"]*"\s*[^\s#,}\]]|'[^']*'\s*[^\s#,'}\]])"""
)


def read_yaml(path: Path, mistakes: Mistakes) -> Node | None:
    """The file's only document. None for an empty file, and after a mistake that ends the reading."""
    text = _read_text(path, mistakes)
    if text is None:
        return None
    try:
        raw = _compose(text)
        return None if raw is None else NodeReader(mistakes, text).read(raw)
    except MarkedYAMLError as error:
        line, hint = _place_and_cure(error, text)
        mistakes.add(line, "", f"this is not YAML: {_explained(error)}{hint}")
    except YAMLError as error:
        mistakes.add(_bad_character_line(text), "", f"this is not YAML: {str(error).splitlines()[0]}")
    except (TooLargeError, RecursionError):
        mistakes.add(0, "", "it is nested too deeply, or its aliases make it too large; write it out flatter")
    except (ValueError, LookupError, AssertionError, AttributeError, TypeError) as error:
        # ruamel.yaml lets plain Python errors through for some malformed directives and tags.
        mistakes.add(0, "", f"this is not YAML that can be read: {error}")
    return None


def _compose(text: str) -> Any:
    # typ="rt" would mark the folds of `>` texts with control characters. pure=True is YAML 1.2.
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _TabScanner
    return yaml.compose(text)


class _TabScanner(Scanner):
    """Takes tabs for blanks behind a key, a dash, a quoted or a whole value, as YAML does and ruamel.yaml does not."""

    def scan_to_next_token(self) -> Any:
        super().scan_to_next_token()
        while self.reader.peek() == "\t" and self._is_blank():
            while self.reader.peek() in "\t ":  # the end of the text is NUL
                self.reader.forward()
            super().scan_to_next_token()

    def _is_blank(self) -> bool:
        ahead = 0
        while self.reader.peek(ahead) in "\t ":
            ahead += 1
        if self.reader.peek(ahead) in _BEHIND_A_TAB:
            return True
        start = self.reader.pointer - self.reader.column
        before: str = self.reader.buffer[start : self.reader.pointer].rstrip(" \t")
        return before[-1:] in _BEFORE_A_TAB


def _read_text(path: Path, mistakes: Mistakes) -> str | None:
    try:
        if path.is_dir():
            mistakes.add(0, "", "this is a folder; allowed is a YAML file")
            return None
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        mistakes.add(0, "", "there is no such file; create it with a question under `questions:`")
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        mistakes.add(0, "", f"it cannot be read: {reason}; check its path and permissions")
        return None
    if len(content) > _MAX_BYTES:
        mistakes.add(0, "", f"it is too large; allowed are {_MAX_BYTES:,} bytes")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistakes.add(line, "", "found bytes that are not UTF-8; save the file as UTF-8")
        return None


def _explained(error: MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or error.context or "it cannot be parsed").split())
    if "'\\t'" in problem:
        return "a tab is not allowed here; indent with spaces"
    context = " ".join(str(error.context or "").split())
    return f"{context}, {problem}" if context and context not in problem else problem


def _place_and_cure(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The wrong line, and a likely reason: ` #` in a text swallows brackets and continued lines, other signs end it."""
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark is not None]
    lines = text.split("\n")
    for number in (n for mark in marks for n in (mark.line, mark.line - 1)):
        if 0 <= number < len(lines) and _TEXT_BEFORE_HASH.search(lines[number]):
            return number + 1, "; YAML takes text after ` #` for a comment: put a text with ` #` in quotes"
    for mark in marks:
        if mark.line < len(lines) and _TEXT_NEEDS_QUOTES.match(lines[mark.line]):
            return (
                mark.line + 1,
                "; put a text in quotes if it has `: ` in it or begins with a sign such as % @ ` * or a quote",
            )
    return (marks[0].line + 1 if marks else 0), ""


def _bad_character_line(text: str) -> int:
    for number, line in enumerate(text.split("\n"), start=1):
        if any(not (c.isprintable() or c in "\t\r\ufeff\xa0") for c in line):
            return number
    return 0
