"""``python -m torture``: run many cases, print a table; exit 1 when anything is not as it must be."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path

from saber_pipeline_tests.testbed.object_server import running_object_server, why_no_object_server
from saber_pipeline_tests.testbed.postgres import running_postgres, why_no_postgres
from torture.case import Case, draw_case
from torture.case_run import Verdict, run_case
from torture.report import show_failure, show_table
from torture.workers import WorkersCase, WorkersVerdict, play, show_workers

QUICK: Sequence[tuple[str, int]] = (
    *(("kill", seed) for seed in (15, 38, 156, 214, 221)),
    ("storm", 4),
)
"""Around a purchase by each route (the last is research), between landing and settling, while loading and publishing;
credits that end."""

WORKERS, PAIRS, TIMES = 8, 400, 3
FEWEST_WORKERS = 3


def main() -> int:
    """The exit code."""
    chosen = _arguments()
    is_good = True
    if chosen.workers is None:
        is_good = _torture(chosen)
    if chosen.workers is not None or (chosen.kill is None and chosen.storm is None and not chosen.quick):
        is_good = _torture_workers(chosen) and is_good
    return 0 if is_good else 1


def _torture(chosen: argparse.Namespace) -> bool:
    """Whether everything was as it must be."""
    cases = _cases(chosen)
    began = time.monotonic()
    verdicts: list[Verdict] = []
    if len(cases) == 1:
        verdicts.append(run_case(cases[0], keep=chosen.keep))
    else:
        context = multiprocessing.get_context("forkserver")
        with ProcessPoolExecutor(chosen.at_once, mp_context=context) as pool:
            for done in as_completed([pool.submit(run_case, case) for case in cases]):
                verdicts.append(done.result())
                if not verdicts[-1].is_good:
                    show_failure(verdicts[-1])
                elif sys.stderr.isatty():
                    print(f"\r{len(verdicts)} of {len(cases)} cases", end="", file=sys.stderr, flush=True)
    if len(cases) == 1 and not verdicts[0].is_good:
        show_failure(verdicts[0])
    show_table(verdicts, seconds=time.monotonic() - began)
    return bool(verdicts) and all(verdict.is_good for verdict in verdicts)


def _torture_workers(chosen: argparse.Namespace) -> bool:
    """The same of several workers over one list, where a Postgres can be started."""
    if why := why_no_postgres():
        print(f"\nSeveral workers over one list: skipped. {why}.")
        return True
    if chosen.store and (why := why_no_object_server()):
        print(f"\nSeveral workers with folders of their own: skipped. {why}.")
        return True
    verdicts: list[WorkersVerdict] = []
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        server = stack.enter_context(running_postgres(folders[0]))
        store = stack.enter_context(running_object_server(folders[1])) if chosen.store else None
        for seed in range(chosen.first, chosen.first + chosen.times):
            verdicts.append(play(WorkersCase(seed, chosen.workers or WORKERS, chosen.pairs), server, store))
            show_workers(verdicts[-1], has_head=len(verdicts) == 1)
    return all(not verdict.wrong for verdict in verdicts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="cases in which runs are killed (default 200)")
    parser.add_argument("--storms", type=int, default=20, help="cases in which the API misbehaves (default 20)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--at-once", type=int, default=3, help="cases played at once (default 3)")
    parser.add_argument("--quick", action="store_true", help="a few small cases, for the test suite")
    parser.add_argument("--kill", type=int, metavar="SEED", help="run this kill case alone")
    parser.add_argument("--storm", type=int, metavar="SEED", help="run this storm case alone")
    parser.add_argument("--small", action="store_true", help="with a case played alone: with a dozen domains")
    parser.add_argument(
        "--workers",
        type=int,
        help=f"only so many workers over one list, two of which are killed (by default {WORKERS})",
    )
    parser.add_argument("--store", action="store_true", help="workers have folders of their own over an object store")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"pairs of that list (default {PAIRS})")
    parser.add_argument("--times", type=int, default=TIMES, help=f"how often that is played (default {TIMES})")
    parser.add_argument("--keep", type=Path, help="the folder that a case played alone leaves its data and logs in")
    chosen = parser.parse_args()
    if chosen.workers is not None and chosen.workers < FEWEST_WORKERS:
        parser.error(f"--workers takes {FEWEST_WORKERS} or more: two are killed, and another has to finish.")
    return chosen


def _cases(chosen: argparse.Namespace) -> list[Case]:
    if chosen.kill is not None:
        return [draw_case("kill", chosen.kill, is_small=chosen.small)]
    if chosen.storm is not None:
        return [draw_case("storm", chosen.storm, is_small=chosen.small)]
    if chosen.quick:
        return [draw_case(kind, seed, is_small=True) for kind, seed in QUICK]
    storms = [draw_case("storm", seed) for seed in range(chosen.first, chosen.first + chosen.storms)]
    return [*storms, *(draw_case("kill", seed) for seed in range(chosen.first, chosen.first + chosen.kills))]


if __name__ == "__main__":
    sys.exit(main())
