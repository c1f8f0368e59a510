"""The ledger's tables: what has been bought, is being bought, or was asked to be bought again.

Times are seconds since 1970 (UTC) by the API's clock where they are compared with the API's times
(``intended_at``, ``submitted_at``, ``unknown_at``, ``collected_until``, ``known_created_at``), by the machine's clock
elsewhere. ``machine_…`` is the machine's time of what has the API's beside it: waits are measured by both. It is NULL
in rows of older versions.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

metadata = sa.MetaData()

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""Postgres orders texts by a language and counts with 32 bits, unless it is told to do as SQLite does."""

NO_LIST = ""
"""Stands for a list that is not known."""


class PairState(StrEnum):
    """Where an open pair stands. A pair without a row is not open."""

    DUE = "due"  # member of a forced request that nobody is buying at the moment
    CLAIMED = "claimed"  # a run has it and will submit it; free again when that run's lease ends
    SENT = "sent"  # part of a submission, whose state says what is known of it
    SETTLED = "settled"  # its signal has landed; the row stays until that is published


class SubmissionState(StrEnum):
    """What is known of one POST that spends; ``batches.state`` of the warehouse."""

    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect
    ACCEPTED = "accepted"
    REFUSED = "refused"  # it certainly bought nothing
    COLLECTED = "collected"  # accepted, and every pair of it settled
    LOST = "lost"  # accepted, but the API shows nothing of what was left of it


class SkipKind(StrEnum):
    """Why a run skips a pair that it could have bought an answer for."""

    INVALID = "invalid"  # the API refused it
    CREDITS = "credits"  # the credits ran out
    LOST = "lost"  # accepted, but never seen again
    UNSENT = "unsent"  # the run stopped before sending it

    @property
    def is_refusal(self) -> bool:
        """Whether the API said no, as against the run not getting to it."""
        return self in (SkipKind.INVALID, SkipKind.CREDITS)


class ResearchState(StrEnum):
    """What is known of one purchase of a contact's research. A person's newest purchase counts."""

    DUE = "due"  # member of a forced request that nobody is buying at the moment
    CLAIMED = "claimed"  # a run has it and will send it; free again when that run's lease ends
    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect, which nothing at the API can show
    ACCEPTED = "accepted"  # its id is known
    REFUSED = "refused"  # it certainly bought nothing
    ENDED = "ended"  # its result has landed


class SummaryRequestState(StrEnum):
    """What is known of the newest POST that asked for a summary of a company."""

    INTENDED = "intended"  # written before the POST
    UNKNOWN = "unknown"  # the POST may have had its effect
    MADE = "made"
    NOTHING = "nothing"  # there was nothing to sum up
    RUNNING = "running"  # one was being made already
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
    sa.Column("definition", TEXT, nullable=False),  # JSON, enough to recognise its signals
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
    sa.Column("run_id", TEXT, nullable=False),  # who claimed it last
    sa.Column("request_id", TEXT, index=True),  # the open forced request it belongs to
    sa.Column("submission_id", TEXT, index=True),
    sa.Column("signal_id", TEXT),
    sa.Column("known_signal_id", TEXT),  # the pair's newest signal when it was claimed
    sa.Column("is_cached", sa.Boolean, nullable=False),  # an answer was in the API's cache when claimed
    sa.Column("is_resend", sa.Boolean, nullable=False),  # an earlier submission of it showed no effect
    sa.Column("settlement", WHOLE),  # rises with every settling transaction
    sa.Column("known_created_at", sa.Float),  # when the newest of the pair's signals had been made, when it was claimed
    sa.Column("list_name", TEXT),  # the list it was claimed for; of several the first
    sa.Column("is_free", sa.Boolean),  # its purchase cost nothing, and was taken off ``spending``
    sqlite_with_rowid=False,
)

published = sa.Table(  # which signal answered a pair that has left: landed files that are lost are read again by it
    "published",
    metadata,
    sa.Column("question_id", TEXT, nullable=False),
    sa.Column("subject", TEXT, nullable=False),
    sa.Column("submission_id", TEXT, nullable=False),
    sa.Column("signal_id", TEXT, nullable=False),
    sa.Column("published_at", sa.Float, nullable=False),
)

spending = sa.Table(  # what was bought, or may have been: it outlives the pairs
    "spending",
    metadata,
    sa.Column("purchase_id", TEXT, primary_key=True),  # a submission's id, or a summary's
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("list_name", TEXT, primary_key=True),  # NO_LIST where none is known
    sa.Column("question_key", TEXT),  # the question's at that time
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("spent_at", sa.Float, nullable=False, index=True),  # the intent, by the API's clock
    sa.Column("pairs", WHOLE, nullable=False),
    sa.Column("free_pairs", WHOLE, nullable=False),  # of these: the API made no signal for them
    sa.Column("price", TEXT),  # a decimal number of credits each; NULL before prices were kept
    sqlite_with_rowid=False,
)

IS_NAMED = "state = 'sent' AND signal_id IS NOT NULL"
"""Of a pair in flight whose signal's id is known."""

PAIRS_BY_SIGNAL = sa.Index("pairs_in_flight_by_signal", pairs.c.signal_id, sqlite_where=sa.text(IS_NAMED))
"""Of those pairs alone; ``postgres.py`` says so to Postgres, whose words cost 0.05 s where a file is used."""

awaited = sa.Table(  # the pairs and people whose outcome a run is waiting for, whoever buys them
    "awaited",
    metadata,
    sa.Column("run_id", TEXT, primary_key=True),
    sa.Column("question_id", TEXT, primary_key=True),
    sa.Column("subject", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)

reasons = sa.Table(  # each text once: a refusal of thousands of pairs says the same of all
    "reasons",
    metadata,
    sa.Column("reason_number", WHOLE, primary_key=True),
    sa.Column("reason", TEXT, nullable=False, index=True),
    sa.Column("error_code", TEXT),  # what the API said beside it, where it refused
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

deferred = sa.Table(  # what a run could not buy for lack of credits, until a run buys it
    "deferred",
    metadata,
    sa.Column("list_name", TEXT, primary_key=True),
    sa.Column("question_key", TEXT, primary_key=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("force_refresh", sa.Boolean, nullable=False),
    sa.Column("credits_needed", WHOLE, nullable=False),  # by the whole run, rounded up
    sa.Column("max_credits", WHOLE),  # what the run might still have spent
    sa.Column("deferred_at", sa.Float, nullable=False),
    sa.Column("launched_at", sa.Float),
)

subscription_reads = sa.Table(  # how far the log of a subscription at the API was read
    "subscription_reads",
    metadata,
    sa.Column("subscription_id", TEXT, primary_key=True),
    sa.Column("read_until", sa.Float, nullable=False),  # everything completed before has landed
    sa.Column("failed_total", WHOLE, nullable=False),  # so many failed executions there were, and have landed
    sa.Column("question_ids", TEXT, nullable=False),  # JSON list: the questions that all of it was compared with
)

credit_balances = sa.Table(
    "credit_balances",
    metadata,
    sa.Column("id", WHOLE, primary_key=True),
    sa.Column("observed_at", sa.Float, nullable=False),
    sa.Column("remaining_credits", WHOLE, nullable=False),
    sa.Column("run_id", TEXT),
)

research_people = sa.Table(  # who was ever in a research list, each person once
    "research_people",
    metadata,
    sa.Column("person_id", TEXT, primary_key=True),
    sa.Column("name_key", TEXT, nullable=False, index=True),
    sa.Column("profile_url", TEXT),
    sa.Column("person", TEXT, nullable=False),  # JSON, as it was first seen
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

researches = sa.Table(  # every purchase of a contact's research, and every one that was adopted
    "researches",
    metadata,
    sa.Column("number", WHOLE, primary_key=True),  # rises: the newest of a person counts
    sa.Column("person_id", TEXT, nullable=False, index=True),
    sa.Column("state", TEXT, nullable=False, index=True),
    sa.Column("run_id", TEXT, nullable=False),
    sa.Column("request_id", TEXT, index=True),  # the forced request it belongs to
    sa.Column("request_closed_at", sa.Float),
    sa.Column("is_adopted", sa.Boolean, nullable=False),
    sa.Column("research_id", TEXT, index=True),
    sa.Column("result", TEXT),  # of one that ended: completed or failed
    sa.Column("is_out_of_credits", sa.Boolean, nullable=False),
    sa.Column("reason", TEXT),
    sa.Column("claimed_at", sa.Float, nullable=False),
    sa.Column("intended_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("credits", sa.Float),  # the configured price at the time of the POST
    sa.Column("machine_intended_at", sa.Float),
    sa.Column("list_name", TEXT),  # the first list that named the person then
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

told_companies = sa.Table(  # firmographics that webhooks told, until they have landed
    "told_companies",
    metadata,
    sa.Column("domain", TEXT, primary_key=True),
    sa.Column("signal_id", TEXT, primary_key=True),
    sa.Column("company", TEXT, nullable=False),
    sa.Column("observed_at", sa.Float, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

webhook_events = sa.Table(  # what webhooks said has ended, until it is read
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
