"""Comments on tables and columns, from the remarks that stand beside them in the SQL that makes them."""

from __future__ import annotations

import re

from saber_pipeline.warehouse.sql import literal

_MADE = re.compile(
    r"^-- (?P<said>[^\n]+)\nCREATE (?P<sort>TABLE|VIEW) (?P<name>\S+)(?P<body>.*?);$", re.MULTILINE | re.DOTALL
)
_REMARK = "  -- "


def comment_statements(sql: str) -> str:
    """COMMENT ON for each table and view of ``sql`` that has a line above it, and for each column with a remark."""
    made = []
    for table in _MADE.finditer(sql):
        made.append(f"COMMENT ON {table['sort']} {table['name']} IS {literal(table['said'])};")
        for line in table["body"].splitlines():
            column, remark, said = line.partition(_REMARK)
            if remark:  # a table's column begins the line, a view's ends it
                name = column.rstrip(",").split()[0 if table["sort"] == "TABLE" else -1]
                made.append(f"COMMENT ON COLUMN {table['name']}.{name} IS {literal(said)};")
    return "\n".join(made)
