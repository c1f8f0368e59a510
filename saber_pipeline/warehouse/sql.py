"""SQL from named files, and what is spliced into it: names, texts, lists, comments."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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


def literals(texts: Iterable[str]) -> str:
    """Texts as a list in SQL."""
    return f"[{', '.join(map(literal, texts))}]"


def one_of(column: str, texts: Iterable[str]) -> str:
    """SQL: whether ``column`` is one of ``texts``, of which there is at least one."""
    first, *others = map(literal, texts)
    return f"{column} IN ({', '.join([first, *others])})" if others else f"{column} = {first}"


def view_comments(view: str, meanings: Mapping[str, str]) -> list[str]:
    """COMMENT ON for a view, named with its schema, which stands under "" in ``meanings``, and for its columns."""
    return [
        f"COMMENT ON {f'COLUMN {view}.{identifier(name)}' if name else f'VIEW {view}'} IS {literal(text)}"
        for name, text in meanings.items()
    ]


def json_pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) to the member ``name`` of an object."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
