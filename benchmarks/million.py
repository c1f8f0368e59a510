"""A million on one machine, whole: ``python -m benchmarks.million [--domains 1000000] [--kills 5] [--more 20000]``.

A list of so many domains x 1 question goes through ``saber-pipeline run`` against the benchmarks' server. The command
is killed at random points of its work: once while it buys, once while it publishes, otherwise while it reads. The same
command then goes on, without a word about what was. Then a second list of ``--more`` domains is run beside it. In the
end the server's own count says whether each pair was bought once, and the published file whether each has its answer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.benchmark import dagster_environment
from benchmarks.command_cost import measure
from benchmarks.contender import PAGE_ROWS
from benchmarks.local_api import ROOT, LocalApi, local_api
from benchmarks.surroundings import surroundings

PROGRAM = "from saber_pipeline.cli import main; main()"
QUESTION = {"questions": {"crm": {"question": "Which CRM does this company use?", "answer_type": "open_text"}}}
SIGNALS_PER_SECOND = 20_000
"""As the server's; research about a million companies then takes 50 s, which hides nothing of our own time."""

BATCH_DOMAINS = 20_000
FILES_RESULT = Path(__file__).with_name("results")


@dataclass
class Work:
    """What came of one list, all starts together. ``peak_megabytes`` is the last start's, Dagster included.

    ``kills`` says after how many purchases and requests of all it was killed, and after how many seconds of its start.
    """

    domains: int
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0
    starts: int = 0
    kills: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    """Where a start is killed: after so many purchases, so many requests of its own, or once it publishes."""

    posts: int = 0
    requests: int = 0
    publishing: bool = False


def main() -> None:
    """See above. Exit code 1 where a pair was bought twice, or has no answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int, default=1_000_000)
    parser.add_argument("--more", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder otherwise")
    arguments = parser.parse_args()
    record = surroundings("million")
    with tempfile.TemporaryDirectory(prefix="saber-million-", dir=arguments.folder) as folder:
        reported = million(Path(folder), arguments.domains, arguments.more, kills=arguments.kills, seed=arguments.seed)
    record["million"] = reported
    moment = record["at"][:16].replace(":", "")
    file = FILES_RESULT / f"{moment}-{record['commit'].replace('+', '-changed')}-million.json"
    file.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(f"{json.dumps(reported, indent=1)}\nKept in {file}.")
    if reported["wrong"]:
        sys.exit(1)


def million(folder: Path, domains: int, more: int, *, kills: int, seed: int) -> dict[str, Any]:
    """Both lists; ``wrong`` says what is not as it has to be."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, guards nothing
    lists = folder / "data" / "domain_lists"
    lists.mkdir(parents=True)
    (folder / "data" / "questions.yaml").write_text(json.dumps(QUESTION), "utf-8")
    speed = ("--signals-per-second", str(SIGNALS_PER_SECOND), "--research-seconds", "2")
    with local_api(folder, *speed) as api:
        _write_list(lists / "all.csv", 0, domains)
        whole = _run_with_kills(folder, api, "all", domains, _points(dice, domains, kills))
        _write_list(lists / "more.csv", domains, more)
        beside = _run_with_kills(folder, api, "more", more, [])
        bought = api.bought()
    found = _published(folder / "data" / "answers.duckdb")
    asked = domains + more
    wrong = [
        f"{what}: {number:,} instead of {asked:,}"
        for what, number in {"bought": bought["signals"], "pairs bought": bought["pairs"], **found}.items()
        if number != asked
    ]
    return {"whole": vars(whole), "more": vars(beside), "bought": bought, "published": found, "wrong": wrong}


def _points(dice: random.Random, domains: int, kills: int) -> list[Point]:
    """In the order in which a run reaches them."""
    share = max(1, domains // PAGE_ROWS // max(kills, 1))  # so that all of them together are fewer than there are pages
    while_it_buys = Point(posts=dice.randint(1, -(-domains // BATCH_DOMAINS)))
    while_it_reads = [Point(requests=dice.randint(1, share)) for _ in range(kills - 2)]
    return [while_it_buys, *while_it_reads, Point(publishing=True)][: max(kills, 0)]


def _write_list(file: Path, first: int, domains: int) -> None:
    file.write_text("\n".join(["domain", *(f"company{n:07d}.com" for n in range(first, first + domains))]), "utf-8")


def _published(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as con:
        ((signals, subjects),) = con.execute("SELECT count(*), count(DISTINCT subject) FROM signals").fetchall()
        ((completed,),) = con.execute("SELECT count(*) FROM latest_answers WHERE status = 'completed'").fetchall()
    return {"signals": signals, "companies with a signal": subjects, "newest answers": completed}


def _run_with_kills(folder: Path, api: LocalApi, name: str, domains: int, points: list[Point]) -> Work:
    """Start the command, kill it at each of ``points``, and let the last start come to its end."""
    work = Work(domains)
    api.forget_counts()
    began, before = time.perf_counter(), _cpu_seconds()
    for point in points:
        _start_and_kill(folder, api, name, work, point)
    work.starts += 1
    cost = measure(_command(name), cwd=folder, environment=_environment(api, folder), log=folder / f"{name}.log")
    work.seconds, work.cpu_seconds = time.perf_counter() - began, _cpu_seconds() - before
    work.peak_megabytes = cost.peak_megabytes
    print(f"  {name}: {work.seconds:.1f} s in {work.starts} starts, the last {cost.seconds:.1f} s", flush=True)
    return work


def _cpu_seconds() -> float:
    """Of all processes that have ended and that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _start_and_kill(folder: Path, api: LocalApi, name: str, work: Work, point: Point) -> None:
    """Kill the command, and all that it started, at ``point``; one that ends before is let go."""
    work.starts += 1
    began = time.perf_counter()
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            _command(name),
            cwd=folder,
            env={**os.environ, **_environment(api, folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    posts, before, version = api.posts(), api.requests(), _versions(folder)
    while process.poll() is None:
        posts, seen = api.posts(), api.requests()
        is_publishing = _versions(folder) != version
        if posts >= point.posts and seen - before >= point.requests and (is_publishing or not point.publishing):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            seconds = round(time.perf_counter() - began, 1)
            work.kills.append({"posts": posts, "requests": seen, "publishing": is_publishing, "seconds": seconds})
            print(
                f"  {name}: killed after {posts:,} purchases, {seen:,} requests{', publishing' * is_publishing}",
                flush=True,
            )
            return
        time.sleep(0.01)
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}: {(folder / f'{name}.log').read_text()[-2000:]}")


def _versions(folder: Path) -> set[str]:
    """The versions that are there or being written."""
    return {file.name for file in (folder / "data" / "versions").glob("*")}


def _command(name: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "run", name, "--yes"]


def _environment(api: LocalApi, folder: Path) -> dict[str, str]:
    return {**dagster_environment(api.base_url, folder), "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    main()
