"""What tests of several parts need: an order for several processes, and answers to the sample questions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from pathlib import Path

import pytest
from hypothesis import settings

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.demo.workspace import SAMPLES, STARTER
from saber_pipeline.runs.gc_tuning import collect_seldom
from saber_pipeline_tests.several_machines import mark_distributed, of_several_machines
from saber_pipeline_tests.sweeps import mark_slow_cases
from saber_pipeline_tests.testbed import prepared, warm
from saber_pipeline_tests.testbed.fixtures import (  # noqa: F401 - fixtures of every folder
    ledger,
    ledger_place,
    new_address,
    object_server,
    postgres_server,
    start,
    store_address,
    world,
    world_ledger,
)
from saber_pipeline_tests.testbed.made_once import begin, made_once
from saber_pipeline_tests.testbed.world import start_world

# A time limit for each example says how busy the machine is, and nothing about the code.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("all", deadline=None, max_examples=500)  # make test-all
settings.load_profile("quick")

prepared.use()
collect_seldom()  # thousands of tests and all that they import stay, and none of it is garbage

DATA = Path(__file__).parents[1] / "data"
REFRESHED = ("headcount_growth", "main_products", "careers_page", "value_proposition", "funding")  # none is scored
WAITING_FOR_PROCESSES = ("browser", "cli", "command_line", "documents", "test_demo.py", "test_torture.py")


def pytest_configure(config: pytest.Config) -> None:
    """Before other processes of the tests are started, which share what this one makes."""
    begin()
    if config.args_source is config.ArgsSource.TESTPATHS and not config.option.collectonly and warm.IS_POSSIBLE:
        warm.start_server()  # all tests are to run, and commands begin in seconds


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--ledger postgres``: only tests of several machines; whatever buys in a world has its ledger in a database.

    ``--share 5``: of those that run with a ledger in a file as well, each fifth.
    """
    parser.addoption("--ledger", choices=["sqlite", "postgres"], default="sqlite")
    parser.addoption("--share", type=int, default=1)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Mark the slow cases and those of several machines before ``-m`` leaves some out, and deal out what is left."""
    mark_slow_cases(items)
    mark_distributed(items)
    if config.getoption("--ledger") == "postgres":
        kept = set(of_several_machines(items, share=config.getoption("--share")))
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]
    yield
    _deal_out(items)


def _deal_out(items: list[pytest.Item]) -> None:
    """Deal the files that wait for other processes out to the workers, first, so that other tests fill their pauses.

    ``--dist worksteal`` gives each worker a run of neighbouring tests to begin with.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    here = Path(__file__).parent
    waiting: list[list[pytest.Item]] = []
    others: list[list[pytest.Item]] = []
    for file, tests in groupby(items, key=lambda item: item.path):
        is_waiting = file.relative_to(here).parts[0] in WAITING_FOR_PROCESSES
        (waiting if is_waiting else others).append(list(tests))
    rest = iter([item for tests in others for item in tests])
    hands = [[item for tests in waiting[worker::workers] for item in tests] for worker in range(workers)]
    size = -(-len(items) // workers)
    items[:] = [item for hand in hands for item in (*hand, *islice(rest, max(0, size - len(hand))))] + list(rest)


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """answers.duckdb with the sample questions asked about the sample lists, and some of them asked again.

    The first process of the tests that asks for it makes it for all; each has a copy.
    """
    folder = tmp_path_factory.mktemp("answers") / "copy"
    shutil.copytree(made_once("answers", _make_answers), folder, symlinks=True)
    return DataPaths(folder / "data").answers_file


def _make_answers(folder: Path) -> None:
    questions = load_questions(DATA / "questions.yaml").questions
    with ExitStack() as stack:
        world = start_world(stack.enter_context, folder, not_known_share=0.08, failed_share=0.03)
        world.questions = questions
        for kind in KINDS:
            asked = tuple(question for question in questions if question.about is kind.about)
            samples = SAMPLES[kind]
            if not asked:
                continue
            world.paths.lists(kind).mkdir(parents=True)
            for name in samples:
                (world.paths.lists(kind) / name).write_bytes((STARTER / name).read_bytes())
            world.run(*asked, lists=tuple(name.removesuffix(".csv") for name in samples))
        world.purchases_allowed = 2
        again = tuple(question for question in questions if question.key in REFRESHED)
        world.run(*again, lists=("sample_accounts", "sample_prospects"), force=True)
