"""Is what a contender left in its database what the API said? Nothing counts before that is so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from saber_pipeline.warehouse.sql import literal

VALUES = Path(__file__).with_name("values")
Line = dict[str, Any]


def write_expected(lines_file: Path, target: Path) -> None:
    """Read signals, one a line, in plain Python and note what every table has to say of them."""
    with lines_file.open("rb") as lines, target.open("w") as file:
        for line in lines:
            for expected in _expected(json.loads(line)):
                file.write(json.dumps(expected) + "\n")


def differences(database: Path, expected: Path, *, values: str = "warehouse") -> list[tuple[str, ...]]:
    """The lines of either side that the other one lacks: side, subject, about, value."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {literal(str(database.resolve()))} AS found (READ_ONLY)")
        con.execute("USE found")
        query = (VALUES / f"{values}.sql").read_text("utf-8")
        if values == "dlt_plain":
            query = _with_variants(con, query)
        con.execute(f"CREATE TEMP TABLE said AS {query}")
        con.execute(
            "CREATE TEMP TABLE meant AS "
            + (VALUES / "expected.sql").read_text("utf-8").replace("$file", literal(str(expected)))
        )
        wrong = "(SELECT 'said' AS side, * FROM (FROM said EXCEPT ALL FROM meant))"
        missing = "(SELECT 'meant', * FROM (FROM meant EXCEPT ALL FROM said))"
        return con.execute(f"{wrong} UNION ALL {missing} ORDER BY ALL").fetchall()


def _with_variants(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """dlt puts values of a second type into a column of their own beside the first."""
    rows = con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'signals'").fetchall()
    columns = [column for (column,) in rows]
    for kind in ("percentage", "currency"):
        name = f"answer__{kind}__value"
        found = [c for c in columns if c == name or c.startswith(f"{name}__v_")]
        query = query.replace(f"${kind}", f"coalesce({', '.join(f'{c}::VARCHAR' for c in found)})")
    return query


def _expected(signal: Line) -> Iterator[Line]:
    subject, kind = signal["domain"], signal["answerType"]
    prose = hashlib.md5(signal["reasoning"].encode(), usedforsecurity=False).hexdigest()
    yield {"subject": subject, "about": f"signal {kind}", "text": f"completed|{float(signal['confidence'])}|{prose}"}
    if signal["sources"]:
        urls = "|".join(source["url"] for source in signal["sources"])
        yield {"subject": subject, "about": f"sources {kind}", "text": urls}
    if signal["answer"] is not None:
        yield {"subject": subject, "about": kind, **_value(kind, signal["answer"])}


def _value(kind: str, answer: Line) -> Line:  # noqa: PLR0911 - one for each type
    match kind:
        case "contacts":
            return {"text": "|".join(f"{c['fullName']} {c['followerCount']}" for c in answer["contacts"]["value"])}
        case "contact_posts":
            return {"text": "|".join(f"{p['postUrl']} {p['postText']}" for p in answer["contactPosts"]["value"])}
        case "json_schema":
            found = answer["jsonSchema"]
            parts = [str(found["raised"]).lower(), (found.get("round") or {}).get("stage")]
            return {"text": "|".join(part for part in parts if part is not None)}
        case "list":
            return {"text": "|".join(answer["list"]["value"])}
        case "boolean":
            return {"text": str(answer["boolean"]["value"]).lower()}
        case "number":
            return {"number": answer["number"]["value"]}
        case "percentage":
            return {"number": answer["percentage"]["value"], "unit": answer["percentage"]["unit"]}
        case "currency":
            return {"money": str(answer["currency"]["value"]), "unit": answer["currency"]["currency"]}
        case _:
            return {"text": answer[kind]["value"]}
