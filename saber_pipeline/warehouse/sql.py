"""SQL from named files, and quoting for what is spliced into it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def read_sql(name: str, package: str = "saber_pipeline.warehouse") -> str:
    """The text of ``<name>.sql`` in the folder of ``package``."""
    return files(package).joinpath(f"{name}.sql").read_text("utf-8")


def fill_sql(name: str, *, package: str = "saber_pipeline.warehouse", **parts: str) -> str:
    """``<name>.sql`` with its ``${part}`` placeholders filled. Parts are SQL, quoted by the caller."""
    return Template(read_sql(name, package)).substitute(parts)


def identifier(name: str) -> str:
    """``name`` as a quoted SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def json_pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) to the member ``name`` of an object."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
