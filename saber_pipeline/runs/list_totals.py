"""What is known of each list as a whole: from the published answers and the ledger, by the rules of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import KINDS, SubjectKind
from saber_pipeline.errors import QuestionsError
from saber_pipeline.ledger.linkedin_connection import linkedin_seen
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.failed_pairs import FailedPairs, failed_pairs
from saber_pipeline.planning.plan import Plan, PlanRules, Selection, Status, make_plan
from saber_pipeline.warehouse.schema import is_outdated
from saber_pipeline.warehouse.session import connect_warehouse, take_newest_answers

if TYPE_CHECKING:
    import duckdb

    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.config.settings import Settings

MOST_PAIRS = 2_000_000
"""Counted in about two seconds, 200,000 in half of one; more are left to ``plan``, so that ``status`` stays quick."""


@dataclass(frozen=True)
class ListTotal:
    """The pairs of one list with all questions of its kind; a subject in two lists counts in both."""

    kind: SubjectKind
    list_name: str
    counts: Mapping[Status, int]

    @property
    def asked(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass
class ListTotals:
    """Those of the lists that were read so far, and why pairs of them failed.

    ``not_counted``: pairs of a kind's lists where they are too many to be counted here. ``problems``: why a kind's
    cannot be counted.
    """

    totals: list[ListTotal] = field(default_factory=list)
    failed: list[FailedPairs] = field(default_factory=list)
    not_counted: int = 0
    problems: list[str] = field(default_factory=list)


@contextmanager
def newest_answers(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """The published answers as a look at the whole project reads them; None where nothing was published yet.

    Raises:
        StorageError: they cannot be opened.
    """
    paths = DataPaths.of(settings)
    take_newest_answers(paths)
    if not paths.answers_file.exists():
        yield None
        return
    published = paths.answers_file.resolve()
    with connect_warehouse(published, memory_limit=settings.duckdb_memory_limit, read_only=True) as con:
        yield con


def read_list_totals(con: duckdb.DuckDBPyConnection, settings: Settings, questions: Sequence[Question]) -> ListTotals:
    """Count them in the answers that ``newest_answers`` opened. Writes nothing, and waits for nobody.

    Raises:
        StorageError: the ledger or the published answers cannot be read.
    """
    found = ListTotals()
    if is_outdated(con):
        found.problems.append("answers.duckdb was made by another version. The next run rebuilds it.")
        return found
    rules = PlanRules(datetime.now(tz=UTC), settings.api_cache_hours, settings.stuck_after_hours)
    with closing(Ledger.open_to_read(DataPaths.of(settings).ledger)) as ledger, ledger.reading() as connection:
        live = live_runs(connection, lease_seconds=settings.lease_seconds)
        rules = replace(rules, linkedin=linkedin_seen(connection))
        for kind in KINDS:
            asked = tuple(question for question in questions if question.about is kind.about)
            lists, pairs = _lists(con, kind, len(asked))
            if pairs > MOST_PAIRS:
                found.not_counted += pairs
            elif pairs:
                try:
                    plan = make_plan(con, connection, Selection(lists, asked), rules, live_runs=live, catalog=questions)
                except QuestionsError as error:
                    found.problems.append(str(error))
                else:
                    found.totals += _totals(kind, plan)
                    found.failed += failed_pairs(con)
    return found


def _lists(con: duckdb.DuckDBPyConnection, kind: SubjectKind, questions: int) -> tuple[tuple[str, ...], int]:
    """The lists of a kind that have a subject, sorted, and their number of pairs."""
    rows = con.execute(f'SELECT "list", count(*) FROM {kind.table} GROUP BY "list" ORDER BY "list"').fetchall()  # noqa: S608 - a kind's name
    return tuple(name for name, _ in rows), questions * sum(subjects for _, subjects in rows)


def _totals(kind: SubjectKind, plan: Plan) -> list[ListTotal]:
    counts: dict[str, Counter[Status]] = {}
    for row in plan.rows:
        counts.setdefault(row.list_name, Counter())[row.status] += row.pairs
    return [ListTotal(kind, list_name, by_status) for list_name, by_status in counts.items()]
