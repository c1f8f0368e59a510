"""Reading older answers again whose landed files are lost, so that what changed stays known.

The newest answer of a pair goes back in flight (``runs/reopened_pairs.py``). An older one answers nothing any more, and
its pair may be in flight for another purchase, so it is read by its id and landed, and the ledger's pairs stay as they
are.
"""

from __future__ import annotations

import asyncio
import logging

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.repeated_members import without_repeats
from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.signal_sources import SignalSource, source_of
from saber_pipeline.errors import ApiError, ApiKeyRefusedError, ApiNotFoundError
from saber_pipeline.ledger.published import forget_signals
from saber_pipeline.ledger.questions import asked_questions
from saber_pipeline.runs.run_state import RunState

logger = logging.getLogger(__name__)

READ_AT_ONCE = 256


async def read_history(run: RunState, api: SaberClient) -> None:
    """Read and land what ``run`` found gone, of companies or of contacts as it asks about.

    What the API does not have any more is forgotten; what fails is for the next run.

    Raises:
        ApiKeyRefusedError: the API refuses the key.
    """
    kind = run.request.selection.kind
    with run.ledger.reading() as connection:
        questions = asked_questions(connection)
    gone = [pair for pair in run.lost_history if questions[pair.question_id].about is kind.about]
    if not gone:
        return
    source = source_of(api, kind)
    logger.warning(
        "%s older answers are no longer in landing either. The run reads them from the API again to find changes.",
        f"{len(gone):,}",
    )
    for start in range(0, len(gone), READ_AT_ONCE):
        some = gone[start : start + READ_AT_ONCE]
        found = await asyncio.gather(*(_read(source, pair.signal_id) for pair in some))
        with run.new_landing_writer() as writer:
            for pair, signal in zip(some, found, strict=True):
                if isinstance(signal, Signal):
                    spelled = None if pair.subject == signal.subject else pair.subject
                    writer.add(pair.question_id, pair.is_forced, without_repeats(signal.raw), subject=spelled)
            file = writer.commit()
        if file is not None:
            run.background_loader.add(file)
        with run.ledger.transaction() as connection:
            forget_signals(connection, [pair.signal_id for pair, each in zip(some, found, strict=True) if each is None])
        failures = [each for each in found if isinstance(each, ApiError)]
        if failures:
            logger.warning(
                "%d older answers could not be read (%s). The next run tries again.", len(failures), failures[0]
            )
        if len(failures) == len(some):
            return


async def _read(source: SignalSource, signal_id: str) -> Signal | ApiError | None:
    """None where the API has no such signal."""
    try:
        return await source.by_id(signal_id)
    except ApiKeyRefusedError:
        raise
    except ApiNotFoundError:
        return None
    except ApiError as error:
        return error
