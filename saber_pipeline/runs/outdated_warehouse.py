"""Goes on after an upgrade: a warehouse of another version is rebuilt before something is read from it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import OutdatedWarehouseError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def with_warehouse_of_this_version(
    settings: Settings, questions: tuple[Question, ...], read: Callable[[], Result]
) -> Result:
    """What ``read`` gives. If another version made the warehouse, it is rebuilt and published first, and read again.

    ``questions`` are all of questions.yaml.
    """
    try:
        return read()
    except OutdatedWarehouseError:
        from saber_pipeline.runs.publication import rebuild_answers  # noqa: PLC0415 - seldom needed

        logger.warning(
            "The warehouse was made by another version of this project. It is rebuilt from local files now, without a "
            "request."
        )
        rebuild_answers(settings, questions)
        return read()
