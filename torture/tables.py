"""What a published database says, made comparable."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

DIFFERS_BY_RUN = (
    "signal_id",
    "created_at",
    "completed_at",
    "landed_at",
    "landed_file",
    "loaded_at",
    "force_refreshed",  # a purchase repeated after a lost one may do without
    "changed_at",
    "previous_signal_id",
    "verdicts",  # holds ids
    "metadata",
    "company",  # holds an id
    "delta",  # likewise
    "person_id",
    "research_id",
    "details",  # holds ids
    "number",
    "run_id",
    "intended_at",
    "ended_at",
    "age_days",
    "linked_in_last_activity_at",  # the sandbox's time of the research
)
"""Ids and times: of two runs against two sandboxes with one seed nothing else may differ."""

OF_A_RUN = {
    "batches",
    "credit_balances",
    "landed_files",
    "list_snapshots",
    "pairs_in_flight",
    "refusals",
    "spending",  # a row for each run; what was bought in all is held against the sandbox's books
    "view_state",
}
"""Tables that say how the answers were got."""

Tables = dict[str, list[str]]
"""Rows of each table and view, as sorted text."""


def read_tables(file: Path, *, whole: bool, without: Collection[str] = ()) -> Tables:
    """Every table and view of ``file``; ``whole``: with ids and times, else only what two runs have in common.

    ``without``: leave out what is about the people of these company domains.
    """
    with duckdb.connect(str(file.resolve()), read_only=True) as con:
        relations = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        return {
            f"{schema}.{name}": _rows(con, f'"{schema}"."{name}"', whole=whole, without=without)
            for schema, name in relations
            if name != "landed_files" and (whole or name not in OF_A_RUN)
        }


def differing(one: Tables, other: Tables) -> dict[str, list[str]]:
    """Some of the rows that only one of both has, by table."""
    found = {}
    for name in sorted(one.keys() | other.keys()):
        rows, others = one.get(name), other.get(name)
        if rows != others:
            left, right = sorted(set(rows or ()) - set(others or ())), sorted(set(others or ()) - set(rows or ()))
            counts = f"{len(rows or ())} rows, expected {len(others or ())}"
            found[name] = [counts, *(f"- {row[:300]}" for row in left[:3]), *(f"+ {row[:300]}" for row in right[:3])]
    return found


def _rows(con: duckdb.DuckDBPyConnection, relation: str, *, whole: bool, without: Collection[str]) -> list[str]:
    columns = [row[0] for row in con.execute(f"DESCRIBE {relation}").fetchall()]
    shown = [f'r."{name}"' for name in columns if whole or name not in DIFFERS_BY_RUN]
    source = f"{relation} AS r"
    if "signal_id" in columns and "subject" not in columns:  # sources and changes
        source += " LEFT JOIN signals AS s USING (signal_id)"
        shown += ["s.subject", "s.question_key"]
    who = "r.company_domain"
    if "person_id" in columns and "company_domain" not in columns:  # profiles and experience
        source += " LEFT JOIN (SELECT DISTINCT person_id, company_domain FROM contact_research_people) AS p"
        source += " USING (person_id)"
        who = "p.company_domain"
        shown.append(who)
    conditions = ["true"] if whole else list(_in_common(columns))
    if without and "person_id" in columns:
        domains = ", ".join(f"'{domain}'" for domain in sorted(without))
        conditions.append(f"{who} NOT IN ({domains})")
    query = f"SELECT {', '.join(shown)} FROM {source} WHERE {' AND '.join(conditions)}"  # noqa: S608 - our own names
    rows = con.execute(query).fetchall()
    return sorted(map(repr, rows))


def _in_common(columns: Collection[str]) -> Iterator[str]:
    """What failed for want of credits was not paid for, and is bought again after the top-up."""
    yield "true"
    if "error_code" in columns:
        yield "r.error_code IS DISTINCT FROM 'PAYMENT_REQUIRED'"
    if "person_id" in columns and "error" in columns:
        yield "r.error IS DISTINCT FROM 'Insufficient credits'"
    if "person_id" in columns and "state" in columns:  # purchases: what ended, not how it was got
        yield "r.state = 'ended'"
