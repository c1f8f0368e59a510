"""From landing and ledger into the warehouse, and from there to the analysts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.balances import balance_rows, batch_rows, refusal_rows
from saber_pipeline.ledger.claims import newest_landed_seq
from saber_pipeline.ledger.pairs_in_flight import prune_published
from saber_pipeline.ledger.publications import last_number, note_publication
from saber_pipeline.ledger.published import note_signals
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.held_back_tables import load_held_back, load_used_up_budgets
from saber_pipeline.planning.ledger_temp_tables import load_pairs_in_flight
from saber_pipeline.planning.monthly_budget import read_month, spending_by_day
from saber_pipeline.planning.plan import Plan, PlanRules
from saber_pipeline.runs.accuracy import Accuracy, take_accuracy
from saber_pipeline.runs.directory_marks import share_mark
from saber_pipeline.runs.firmographics_landing import land_told_companies
from saber_pipeline.runs.highlights import Highlights, take_highlights
from saber_pipeline.runs.outcomes import PairOutcomes, count_outcomes
from saber_pipeline.runs.parquet_tables import export_after
from saber_pipeline.runs.publication_turn import PublicationTurn
from saber_pipeline.runs.research.rows import research_rows
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.sample_page import SamplePage, take_sample_page
from saber_pipeline.runs.truth_and_reviews import load_told_files, log_file_problems
from saber_pipeline.warehouse.ledger_tables import load_refusals, load_research_tables, replace_rows
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.load import DamagedLandingLoadError, LoadSummary, load_landed
from saber_pipeline.warehouse.publish import PublishSummary, newest_version, publish
from saber_pipeline.warehouse.question_views import question_columns
from saber_pipeline.warehouse.rebuild import rebuild
from saber_pipeline.warehouse.session import WarehouseSession, warehouse_session
from saber_pipeline.warehouse.truth_and_review_tables import mark_reviews
from saber_pipeline.warehouse.views import apply_questions


@dataclass(frozen=True)
class Published:
    """A publication; ``outcomes`` are those of the run that made it, where one did."""

    loaded: LoadSummary
    publication: PublishSummary
    outcomes: PairOutcomes | None = None
    highlights: Highlights = field(default_factory=Highlights)
    columns: Mapping[str, Sequence[tuple[str, str, str | None]]] = field(default_factory=dict)
    sample_page: SamplePage | None = None
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)


def load_everything(session: WarehouseSession, questions: tuple[Question, ...]) -> LoadSummary:
    """Bring the warehouse up to date with the questions, the list snapshots, what people told and everything landed."""
    con, paths = session.con, session.paths
    session.hold.check()
    apply_questions(con, questions)
    load_lists(con, paths)
    load_told_files(con, paths, questions)
    try:
        return load_landed(con, paths, session.hold)
    finally:
        mark_reviews(con)


def publish_run(run: RunState, plan: Plan) -> Published:
    """Load what a run collected, take its outcomes, and publish, or find that another run has published them.

    Raises:
        DamagedLandingError: a landed file cannot be loaded; everything else has been published.
    """
    turn = PublicationTurn(run.ledger, run.clock, run.settings.publish_seconds)
    while True:
        turn.wait()
        with run.background_loader.session() as session:
            is_others = turn.is_others()
            if is_others or turn.is_due():
                published = _publish_run(run, plan, session, is_others=is_others)
                break
    if not is_others:
        export_after(run.settings, published.publication)
    return published


def _publish_run(run: RunState, plan: Plan, session: WarehouseSession, *, is_others: bool) -> Published:
    """``is_others``: another run has published all that this one landed."""
    loaded = _load(session, run.paths, run.questions, run.ledger, run.settings)
    _load_used_up_budgets(session, run.questions, run.ledger, run.settings, now=run.api_now(), run=run)
    with run.ledger.reading() as connection:
        live = run.live_runs(connection)
        outcomes = count_outcomes(
            session.con,
            connection,
            plan,
            run.candidates_file,
            run.held_back_file,
            run_id=run.run_id,
            live_runs=live,
            settled=loaded.settled,
            held_back=run.held_back.keys(),
            since=run.began_at,
        )
    highlights = take_highlights(session.con, plan, since=run.began_at)
    accuracy = take_accuracy(session.con, plan.selection.questions)
    sample_page = _sample_page(session, run, plan)
    columns = question_columns(session.con, [question.key for question in plan.selection.questions])
    newest = newest_version(session.paths) if is_others and loaded.damage is None else None
    publication = newest or _publish(session, run.ledger, loaded, run.settings, run_id=run.run_id)
    return Published(loaded.summary, publication, outcomes, highlights, columns, sample_page, accuracy)


def _sample_page(session: WarehouseSession, run: RunState, plan: Plan) -> SamplePage | None:
    rules = PlanRules(run.clock.now(), run.settings.api_cache_hours, run.settings.stuck_after_hours)
    price = run.settings.credits_per_signal
    with run.ledger.reading() as connection:
        live = run.live_runs(connection)
        return take_sample_page(session.con, connection, plan, rules, live_runs=live, price=price)


def publish_pending(settings: Settings, questions: tuple[Question, ...]) -> Published:
    """Load and publish whatever has landed and whatever lists were read, outside of a run.

    Raises:
        DamagedLandingError: a landed file cannot be loaded; everything else has been published.
    """
    paths = DataPaths.of(settings)
    with (
        closing(Ledger.open(paths.ledger)) as ledger,
        warehouse_session(paths, memory_limit=settings.duckdb_memory_limit) as session,
    ):
        loaded = _load(session, paths, questions, ledger, settings)
        _load_used_up_budgets(session, questions, ledger, settings, now=datetime.now(UTC))
        publication = _publish(session, ledger, loaded, settings, run_id=None)
    export_after(settings, publication)
    return Published(loaded.summary, publication)


@dataclass(frozen=True)
class _Loaded:
    """``settled`` is the newest landed_seq that the load is sure to hold, ``signals`` how many the warehouse holds.

    ``wanted`` is the last number of a run that wants its answers published, drawn before the load.
    """

    summary: LoadSummary
    settled: int
    signals: int
    wanted: int
    damage: DamagedLandingLoadError | None = None


def _load(
    session: WarehouseSession, paths: DataPaths, questions: tuple[Question, ...], ledger: Ledger, settings: Settings
) -> _Loaded:
    land_told_companies(ledger, paths)
    with ledger.reading() as connection:
        # Read before loading: what settles from here on may land too late for this load.
        settled = newest_landed_seq(connection)
        wanted = last_number(connection) if settings.publish_seconds else 0
        batches, balances, refusals = batch_rows(connection), balance_rows(connection), refusal_rows(connection)
        researches = research_rows(connection)
        spending = spending_by_day(connection, settings)
    replace_rows(session.con, "batches", batches)
    replace_rows(session.con, "credit_balances", balances)
    replace_rows(session.con, "internal.spending", spending)
    damage = None
    try:
        summary = load_everything(session, questions)
    except DamagedLandingLoadError as error:
        summary, damage = error.summary, error
    load_refusals(session.con, refusals)
    with ledger.reading() as connection:
        load_pairs_in_flight(session.con, connection)
    load_held_back(session.con, questions)
    load_research_tables(session.con, **researches)
    log_file_problems(session.con)
    ((signals,),) = session.con.execute("SELECT count(*) FROM signals").fetchall()
    return _Loaded(summary, settled, signals, wanted, damage)


def _load_used_up_budgets(
    session: WarehouseSession,
    questions: tuple[Question, ...],
    ledger: Ledger,
    settings: Settings,
    *,
    now: datetime,
    run: RunState | None = None,
) -> None:
    """``run`` is the one that publishes; what it reserves is its own, and what it held back it knows."""
    questions = tuple(question for question in questions if question.template_problem is None)
    with ledger.reading() as connection:
        budget = read_month(connection, settings, questions, now=now, run_id=run.run_id if run else "")
    held_back = run.held_back.keys() if run else ()
    load_used_up_budgets(session.con, questions, budget, settings.credits_per_signal, held_back=held_back)


def _publish(
    session: WarehouseSession, ledger: Ledger, loaded: _Loaded, settings: Settings, *, run_id: str | None
) -> PublishSummary:
    publication = publish(session)
    if loaded.damage is not None:
        # The ledger keeps what has settled: some of it is in the damaged file, and must not be bought again.
        raise loaded.damage
    with ledger.transaction() as connection:
        session.hold.check()  # a pair leaves the ledger only under that lock
        note_signals(connection, loaded.signals)
        if settings.publish_seconds:
            note_publication(connection, loaded.wanted, is_new=publication.changed)
        others = live_runs(connection, lease_seconds=settings.lease_seconds) - {run_id}
        prune_published(connection, loaded.settled, other_runs=others)
    with ledger.reading() as connection:  # in which nobody waits for the store's reply
        share_mark(connection, session.paths)
    return publication


def rebuild_answers(settings: Settings, questions: tuple[Question, ...]) -> Published:
    """Build a new warehouse from what has landed, put it in place of the old one, and publish it.

    The old one stays when anything fails.

    Raises:
        DamagedLandingError: a landed file cannot be read back; nothing was replaced.
        StorageError: the data directory cannot be written.
    """
    paths = DataPaths.of(settings)
    with closing(Ledger.open(paths.ledger)) as ledger:
        land_told_companies(ledger, paths)
        with ledger.reading() as connection:
            batches, balances = batch_rows(connection), balance_rows(connection)
    summary = rebuild(paths, questions, batches, balances)
    return Published(summary, publish_pending(settings, questions).publication)
