"""The ledger's tables: purchases made, purchases being made, and forced requests.

Times are seconds since 1970 (UTC) by the API's clock where they are compared with the API's times
(``intended_at``, ``submitted_at``, ``unknown_at``, ``collected_until``, ``known_created_at``), by the machine's clock
elsewhere. A column ``machine_…`` has the machine's time beside one by the API's clock, and waits are measured by both.
It is NULL in rows of older versions.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

metadata = sa.MetaData()

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""By default Postgres sorts texts by language and has 32-bit integers; these make it behave like SQLite."""

NO_LIST = ""
"""Stands for an unknown list."""


class PairState(StrEnum):
    """The state of an open pair. A pair without a row is not open."""

    DUE = "due"  # belongs to a forced request, and no run is buying it at the moment
    CLAIMED = "claimed"  # a run will submit it; free again when the run's lease expires
    SENT = "sent"  # part of a submission; see the submission's state
    SETTLED = "settled"  # its signal has landed; the row stays until the signal is published


class SubmissionState(StrEnum):
    """The state of one POST that buys signals; the warehouse's ``batches.state``."""

    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect
    ACCEPTED = "accepted"
    REFUSED = "refused"  # it certainly bought nothing
    COLLECTED = "collected"  # accepted, and all of its pairs have settled
    LOST = "lost"  # accepted, but its remaining pairs never appeared at the API


class SkipKind(StrEnum):
    """Why a run skips a pair that was due."""

    INVALID = "invalid"  # the API refused it
    CREDITS = "credits"  # the credits ran out
    LOST = "lost"  # accepted, but it never appeared at the API
    UNSENT = "unsent"  # the run stopped before sending it

    @property
    def is_refusal(self) -> bool:
        """Whether the API refused the pair."""
        return self in (SkipKind.INVALID, SkipKind.CREDITS)


class ResearchState(StrEnum):
    """The state of one purchase of research about a contact. A person's newest purchase counts."""

    DUE = "due"  # belongs to a forced request, and no run is buying it at the moment
    CLAIMED = "claimed"  # a run will send it; free again when the run's lease expires
    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect; the API offers no way to check
    ACCEPTED = "accepted"  # its id is known
    REFUSED = "refused"  # it certainly bought nothing
    ENDED = "ended"  # its result has landed


class SummaryRequestState(StrEnum):
    """The state of the newest POST that asked for a company's summary."""

    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect
    MADE = "made"
    NOTHING = "nothing"  # there was nothing to sum up
    RUNNING = "running"  # another request was already creating one
    REFUSED = "refused"


key_values = sa.Table(
    "facts",
    metadata,
    sa.Column("name", TEXT, primary_key=True),
    sa.Column("value", TEXT, nullable=False),
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("question_key", TEXT, nullable=False),
    sa.Column("definition", TEXT, nullable=False),  # JSON, the fields that recognise its signals
    sa.Column("asked_at", sa.Float, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", TEXT, primary_key=True),
    sa.Column("host", TEXT, nullable=False),
    sa.Column("process_id", WHOLE, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("heartbeat_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
)

submissions = sa.Table(
    "submissions",
    metadata,
    sa.Column("submission_id", TEXT, primary_key=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("route", TEXT, nullable=False),
    sa.Column("state", TEXT, nullable=False, index=True),
    sa.Column("force_refresh", sa.Boolean, nullable=False),
    sa.Column("signals", WHOLE, nullable=False),
    sa.Column("intended_at", sa.Float, nullable=False),
    sa.Column("submitted_at", sa.Float),
    sa.Column("unknown_at", sa.Float),
    sa.Column("batch_id", TEXT),
    sa.Column("reason", TEXT),
    sa.Column("collected_until", sa.Float),
    sa.Column("machine_intended_at", sa.Float),
    sa.Column("machine_unknown_at", sa.Float),
)

forced_requests = sa.Table(
    "forced_requests",
    metadata,
    sa.Column("request_id", TEXT, primary_key=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("closed_at", sa.Float),
)

pairs = sa.Table(
    "pairs",
    metadata,
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("subject", TEXT, primary_key=True),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("run_id", TEXT, nullable=False),  # the last claimant
    sa.Column("request_id", TEXT, index=True),  # the open forced request it belongs to
    sa.Column("submission_id", TEXT, index=True),
    sa.Column("signal_id", TEXT),
    sa.Column("known_signal_id", TEXT),  # its newest signal at the claim, and other questions' since, by spaces
    sa.Column("is_cached", sa.Boolean, nullable=False),  # at the claim, the API had an answer in its cache
    sa.Column("is_resend", sa.Boolean, nullable=False),  # an earlier submission of it had no effect
    sa.Column("settlement", WHOLE),  # rises with every settling transaction
    sa.Column("known_created_at", sa.Float),  # creation of the pair's newest signal at the claim
    sa.Column("list_name", TEXT),  # the first list it was claimed for
    sa.Column("is_free", sa.Boolean),  # its purchase cost nothing and was subtracted from ``spending``
    sqlite_with_rowid=False,
)

published = sa.Table(  # the signals of published pairs, by which lost landed files are read again
    "published",
    metadata,
    sa.Column("question_id", TEXT, nullable=False),
    sa.Column("subject", TEXT, nullable=False),
    sa.Column("submission_id", TEXT, nullable=False),
    sa.Column("signal_id", TEXT, nullable=False),
    sa.Column("published_at", sa.Float, nullable=False),
)

spending = sa.Table(  # purchases that happened or may have happened; rows outlive the pairs
    "spending",
    metadata,
    sa.Column("purchase_id", TEXT, primary_key=True),  # a submission's id, or a summary's
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("list_name", TEXT, primary_key=True),  # NO_LIST if unknown
    sa.Column("question_key", TEXT),  # the question's key at that time
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("spent_at", sa.Float, nullable=False, index=True),  # the intent, by the API's clock
    sa.Column("pairs", WHOLE, nullable=False),
    sa.Column("free_pairs", WHOLE, nullable=False),  # of these pairs, those for which the API created no signal
    sa.Column("price", TEXT),  # credits for each, as a decimal; NULL in rows of older versions
    sqlite_with_rowid=False,
)

IS_NAMED = "state = 'sent' AND signal_id IS NOT NULL"
"""The condition of a pair in flight whose signal id is known."""

PAIRS_BY_SIGNAL = sa.Index("pairs_in_flight_by_signal", pairs.c.signal_id, sqlite_where=sa.text(IS_NAMED))
"""Index of those pairs. ``postgres.py`` adds the condition for Postgres, because its dialect takes 0.05 s to import."""

awaited = sa.Table(  # the pairs and people that a run waits for, whichever run buys them
    "awaited",
    metadata,
    sa.Column("run_id", TEXT, primary_key=True),
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("subject", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)

reasons = sa.Table(  # each reason once: thousands of refused pairs may share one
    "reasons",
    metadata,
    sa.Column("reason_number", WHOLE, primary_key=True),
    sa.Column("reason", TEXT, nullable=False, index=True),
    sa.Column("error_code", TEXT),  # the API's code, if it refused
    sa.Column("error_action", TEXT),
    sa.Column("details", TEXT),  # JSON
)

skipped = sa.Table(
    "unserved",
    metadata,
    sa.Column("run_id", TEXT, primary_key=True),
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("subject", TEXT, primary_key=True),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("reason_number", WHOLE, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

deferred = sa.Table(  # purchases that a run could not make for lack of credits, until a run makes them
    "deferred",
    metadata,
    sa.Column("list_name", TEXT, primary_key=True),
    sa.Column("question_key", TEXT, primary_key=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("force_refresh", sa.Boolean, nullable=False),
    sa.Column("credits_needed", WHOLE, nullable=False),  # for the whole run, rounded up
    sa.Column("max_credits", WHOLE),  # the credits that the run could still have spent
    sa.Column("deferred_at", sa.Float, nullable=False),
    sa.Column("launched_at", sa.Float),
)

subscription_reads = sa.Table(  # reading positions in the logs of subscriptions
    "subscription_reads",
    metadata,
    sa.Column("subscription_id", TEXT, primary_key=True),
    sa.Column("read_until", sa.Float, nullable=False),  # everything completed before this has landed
    sa.Column("failed_total", WHOLE, nullable=False),  # the number of failed executions, all of which have landed
    sa.Column("question_ids", TEXT, nullable=False),  # JSON list: the questions that the log was matched against
)

credit_balances = sa.Table(
    "credit_balances",
    metadata,
    sa.Column("id", WHOLE, primary_key=True),
    sa.Column("observed_at", sa.Float, nullable=False),
    sa.Column("remaining_credits", WHOLE, nullable=False),
    sa.Column("run_id", TEXT),
)

research_people = sa.Table(  # everybody who was ever in a research list, each person once
    "research_people",
    metadata,
    sa.Column("person_id", TEXT, primary_key=True),
    sa.Column("name_key", TEXT, nullable=False, index=True),
    sa.Column("profile_url", TEXT),
    sa.Column("person", TEXT, nullable=False),  # JSON, as first read
    sa.Column("seen_at", sa.Float, nullable=False),
)

research_rows = sa.Table(  # the research lists as they were last read
    "research_rows",
    metadata,
    sa.Column("list_name", TEXT, primary_key=True),
    sa.Column("row_number", WHOLE, primary_key=True),
    sa.Column("person_id", TEXT),
    sa.Column("person", TEXT),  # JSON
    sa.Column("reason", TEXT),  # why the row cannot be used
    sa.Column("raw", TEXT, nullable=False),  # the row as JSON
    sqlite_with_rowid=False,
)

researches = sa.Table(  # every purchased or adopted research
    "researches",
    metadata,
    sa.Column("number", WHOLE, primary_key=True),  # rises; a person's newest purchase counts
    sa.Column("person_id", TEXT, nullable=False, index=True),
    sa.Column("state", TEXT, nullable=False, index=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("request_id", TEXT, index=True),  # the forced request it belongs to
    sa.Column("request_closed_at", sa.Float),
    sa.Column("is_adopted", sa.Boolean, nullable=False),
    sa.Column("research_id", TEXT, index=True),
    sa.Column("result", TEXT),  # once it has ended: completed or failed
    sa.Column("is_out_of_credits", sa.Boolean, nullable=False),
    sa.Column("reason", TEXT),
    sa.Column("claimed_at", sa.Float, nullable=False),
    sa.Column("intended_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("credits", sa.Float),  # the configured price at the time of the POST
    sa.Column("machine_intended_at", sa.Float),
    sa.Column("list_name", TEXT),  # the first list that named the person at the purchase
)

summary_requests = sa.Table(
    "summary_requests",
    metadata,
    sa.Column("domain", TEXT, primary_key=True),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("reason", TEXT),
    sa.Column("machine_at", sa.Float),
    sqlite_with_rowid=False,
)

told_companies = sa.Table(  # firmographics from webhooks, until they have landed
    "told_companies",
    metadata,
    sa.Column("domain", TEXT, primary_key=True),
    sa.Column("signal_id", TEXT, primary_key=True),
    sa.Column("company", TEXT, nullable=False),
    sa.Column("observed_at", sa.Float, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

webhook_events = sa.Table(  # signals and researches that webhooks reported as ended, until they are read
    "webhook_news",
    metadata,
    sa.Column("object_id", TEXT, primary_key=True),
    sa.Column("event", TEXT, nullable=False),
    sa.Column("deliveries", WHOLE, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("read_at", sa.Float),
    sa.Column("outcome", TEXT),
    sqlite_with_rowid=False,
)
