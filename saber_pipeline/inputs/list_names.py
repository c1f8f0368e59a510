"""Makes the key of a list's partition from the name of its file.

1. The ending (``.csv``, ``.tsv``, ``.csv.gz``, ``.xlsx``, ``.parquet``, in any case) is removed.
2. A name of 1 to 100 of A-Z, a-z, 0-9, ``_`` and ``-`` is the key.
3. Otherwise letters lose their accents, every run of other characters becomes one ``_``, and ``_`` and ``-`` are
   removed at both ends. If nothing or more than 100 characters are left, the key ends in ``-`` and eight digits of the
   SHA-256 of the name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

ENDINGS = (".csv.gz", ".csv", ".tsv", ".xlsx", ".parquet")
LIST_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_MOST = 100
_DIGITS = 8
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L"}
)


def ending_of(file_name: str) -> str | None:
    """The ending of a list's file. None for other files."""
    return next((ending for ending in ENDINGS if file_name.lower().endswith(ending)), None)


def named_key(name: str) -> str:
    """The partition key of the list that somebody calls ``name``: that of a file of this name."""
    return list_key(f"{name}.csv")


def list_key(file_name: str) -> str:
    """The partition key of the list that the file is; ``file_name`` has one of ``ENDINGS``."""
    stem = file_name[: len(file_name) - len(ending_of(file_name) or "")]
    if LIST_NAME.fullmatch(stem):
        return stem
    plain = unicodedata.normalize("NFKD", stem.translate(_SPELLED))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    key = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")
    if key and len(key) <= _MOST:
        return key
    digest = hashlib.sha256(stem.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
    return f"{key[: _MOST - _DIGITS - 1] or 'list'}-{digest}"
