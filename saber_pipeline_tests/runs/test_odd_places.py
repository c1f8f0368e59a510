"""A data directory lies wherever somebody puts it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from saber_pipeline.config.questions.question import Question
from saber_pipeline.errors import StorageError
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.world import SIZE, domains, start_world

ODD_NAMES = (
    "a[1-3]b",
    "all*",
    "{x,y}",
    'it\'s "so" $HOME %20 #1;',
    "two\nlines",
    "ünï [[]]",
)


@pytest.mark.sweep(keep=3)
@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.slow
def test_any_name_of_a_folder_works(tmp_path: Path, name: str) -> None:
    """Answers are bought, published and rebuilt in a folder whose name means something to a pattern or an address."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / name)
        world.questions = (SIZE,)
        world.write_list(domains(3))
        questions: tuple[Question, ...] = (SIZE,)
        world.run()
        assert world.published("SELECT count(*) FROM signals") == [(3,)]
        rebuild_answers(world.settings, questions)
        assert world.published("SELECT count(*) FROM signals") == [(3,)]
        assert world.run().spending.signals_bought == 0


@pytest.mark.parametrize("name", ["what?", "back\\slash"])
def test_a_name_that_duckdb_misreads_is_refused(tmp_path: Path, name: str) -> None:
    """A folder in which DuckDB would write its files elsewhere is refused before anything is bought."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / name)
        world.questions = (SIZE,)
        world.write_list(domains(3))
        with pytest.raises(StorageError, match="Nothing was spent"):
            world.run()
        assert world.posts() == 0
