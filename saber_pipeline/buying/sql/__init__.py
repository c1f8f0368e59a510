"""The set-based half of buying, as named statements."""

from __future__ import annotations

from importlib import resources


def statement(name: str) -> str:
    """The SQL in ``<name>.sql`` beside this module."""
    return resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
