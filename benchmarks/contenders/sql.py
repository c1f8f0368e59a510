"""The SQL of the contenders, in files of their names."""

from __future__ import annotations

from pathlib import Path


def statements(name: str) -> list[str]:
    """The statements of ``<name>.sql`` beside this module."""
    text = Path(__file__).with_name(f"{name}.sql").read_text("utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]
