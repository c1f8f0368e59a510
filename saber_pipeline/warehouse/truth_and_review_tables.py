"""The tables of facts and reviews: ``truth``, ``reviews``, and the problems in their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.ledger_tables import replace_rows
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb


def load_told(
    con: duckdb.DuckDBPyConnection,
    *,
    truth: Sequence[tuple[Any, ...]],
    reviews: Sequence[tuple[Any, ...]],
    problems: Sequence[tuple[Any, ...]],
) -> None:
    """Replace the three tables by rows in the order of their columns; ``mark_reviews`` fills two more of reviews."""
    replace_rows(con, "truth", truth)
    replace_rows(con, "reviews", reviews, columns="* EXCLUDE (holds, signal_id)")
    replace_rows(con, "file_problems", problems)


def mark_reviews(con: duckdb.DuckDBPyConnection) -> None:
    """Mark the reviews that hold; call it when reviews and answers are loaded. Writes only what differs."""
    if not con.execute("SELECT EXISTS (FROM reviews)").fetchall()[0][0]:
        return
    con.execute(read_sql("reviews_mark"))
    differing = """
        FROM marked_reviews AS marked
        WHERE marked.line = reviews.line
            AND (marked.holds, marked.signal_id) IS DISTINCT FROM (reviews.holds, reviews.signal_id)
    """
    if con.execute(f"SELECT EXISTS (SELECT 1 FROM reviews WHERE EXISTS (SELECT 1 {differing}))").fetchall()[0][0]:  # noqa: S608 - constants
        con.execute(f"UPDATE reviews SET holds = marked.holds, signal_id = marked.signal_id {differing}")  # noqa: S608 - likewise
    con.execute("DROP TABLE temp.marked_reviews")
