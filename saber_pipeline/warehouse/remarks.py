"""Comments of tables and views, from the remarks in the SQL that makes them: no column is named twice.

The line above CREATE is the comment of the table or view. The remark behind a column is the column's.
"""

from __future__ import annotations

import re
from functools import cache
from string import Template

from saber_pipeline.warehouse.sql import identifier, literal, read_sql

MADE = re.compile(
    r"^-- (?P<said>[^\n]+)\n"
    r"(?P<create>CREATE (?:OR REPLACE )?(?P<sort>TABLE|VIEW) (?P<name>\S+)(?P<body>.*?)(?:;$|\Z))",
    re.MULTILINE | re.DOTALL,
)
_REMARK = re.compile(r"(?<=\S)  -- (.*)")


def comments(made: re.Match[str], *, quotes: bool = True) -> list[str]:
    """COMMENT ON for what ``made`` matches: a table or view, and each column with a remark.

    ``quotes``: of a view's columns. The schema's statements stay as they are, or every warehouse would be rebuilt.
    """
    is_view = made["sort"] == "VIEW"
    statements = [f"COMMENT ON {made['sort']} {made['name']} IS {literal(made['said'])}"]
    for line in made["body"].splitlines():
        if remark := _REMARK.search(line):  # a table's column begins the line, a view's ends it
            column = line[: remark.start()].rstrip(",").split()[-1 if is_view else 0].rpartition(".")[2]
            column = identifier(column.strip('"')) if is_view and quotes else column
            statements.append(f"COMMENT ON COLUMN {made['name']}.{column} IS {literal(remark[1])}")
    return statements


def with_comments(sql: str) -> str:
    """``sql`` with COMMENT ON behind each table and view, in place of its remarks."""
    return MADE.sub(
        lambda made: "\n".join([_REMARK.sub("", made["create"]), *(f"{each};" for each in comments(made))]), sql
    )


def view_sql(name: str, **parts: str) -> list[str]:
    """The statement of ``<name>.sql``, filled as by ``fill_sql``, and COMMENT ON for its views and their columns."""
    statement, said = _read(name)
    return [Template(statement).substitute(parts), *said]


@cache
def _read(name: str) -> tuple[str, list[str]]:
    """Read before anything is filled in: what users wrote may look like a remark."""
    text = read_sql(name)
    return _REMARK.sub("", text), [each for made in MADE.finditer(text) for each in comments(made)]
