"""The Dagster project: thin assets over ``saber_pipeline.runs``. Nothing else here imports dagster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from saber_pipeline.definitions.translator import SaberTranslator
from saber_pipeline.runs.gc_tuning import collect_seldom, end_without_search


def build_definitions(
    data_dir: str | Path | None = None,
    key_prefix: str | Sequence[str] | None = None,
    group_prefix: str | None = None,
    translator: SaberTranslator | None = None,
) -> dg.Definitions:
    """The project's assets, checks, jobs, sensors and schedules, for merging into other definitions.

    Args:
        data_dir: the data directory, relative to the working directory; None: SABER_DATA_DIR. Everything else comes
            from the environment and ``.env`` as usual.
        key_prefix: the prefix of every asset key, such as ``"saber"`` or ``["sales", "saber"]``. Jobs, sensors,
            schedules, ops and sets of partitions get it too, joined by underscores: ``saber_refresh_answers``.
        group_prefix: the prefix of every group, such as ``"saber"`` for the group ``saber_answers``.
        translator: gives assets other keys, groups, owners, tags and metadata.

    No executor is set, because two definitions with one cannot be merged. A run is one step, so that
    ``dg.in_process_executor`` saves two seconds and 150 MB for each run.

    Raises:
        UnusableProjectError: a setting, questions.yaml, sources.yaml, a prefix or the translator has mistakes; the
            text has all of them.
    """
    from saber_pipeline.definitions.project import build_project_definitions

    return build_project_definitions(None if data_dir is None else Path(data_dir), key_prefix, group_prefix, translator)


@dg.definitions
def defs() -> dg.Definitions:
    """Everything Dagster sees. Built when Dagster loads it, so that modules here can be used in any folder."""
    # Half a second of the 3.7 of a command that buys nothing, most of it at its end.
    collect_seldom()
    end_without_search()
    # A run is one step, seldom two. Dagster's own choice starts a process for each of them, which imports
    # everything again: 2 s and 150 MB more, and a step that lives on when its run is killed.
    return dg.Definitions.merge(build_definitions(), dg.Definitions(executor=dg.in_process_executor))
