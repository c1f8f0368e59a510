"""The table of a torture, and what is to be known of a case that failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torture.case_run import Verdict
from torture.kill_points import POINTS, RESEARCH_POINTS
from torture.troubles import Kind

SHOWN_EACH = 5


def show_failure(verdict: Verdict) -> None:
    """What went wrong, and the command that plays the case again."""
    case = verdict.case
    kills = " then ".join(" beside ".join(str(kill or "no kill") for kill in launch) for launch in case.launches)
    trouble = "" if case.trouble.kind is Kind.NONE else f", {case.trouble.kind} {case.trouble.lost}".rstrip()
    print(
        f"\nFAILED {case.kind} {case.seed} ({kills}{trouble}{', forced' if case.force else ''}); again: {case.command}"
    )
    wrong = {
        "double purchases": verdict.double,
        "lost answers": verdict.lost,
        "differing tables": [f"{name}: {row}" for name, rows in verdict.different.items() for row in rows],
        "unreadable moments": verdict.unreadable,
        "other": verdict.other,
    }
    for name, found in wrong.items():
        for line in found[:SHOWN_EACH]:
            print(f"  {name}: {line}")
        if len(found) > SHOWN_EACH:
            print(f"  {name}: … {len(found)} in all")


def show_table(verdicts: Sequence[Verdict], *, seconds: float) -> None:
    """Kill points by name, then the sums."""
    killed: Counter[str] = sum((verdict.killed for verdict in verdicts), Counter())
    missed: Counter[str] = sum((verdict.missed for verdict in verdicts), Counter())
    print(f"\n{'kill point':<28}{'killed':>8}{'not reached':>13}")
    for point in dict.fromkeys((*POINTS, *RESEARCH_POINTS)):
        if killed[point] + missed[point]:
            print(f"{point:<28}{killed[point]:>8}{missed[point]:>13}")
    print(f"{'all':<28}{killed.total():>8}{missed.total():>13}\n")
    storms = sum(verdict.case.kind == "storm" for verdict in verdicts)
    sums = {
        "kill cases": len(verdicts) - storms,
        "storm cases": storms,
        "of the cases contact research": sum(verdict.case.is_research for verdict in verdicts),
        **{
            f"with trouble: {kind}": sum(verdict.case.trouble.kind is kind for verdict in verdicts)
            for kind in Kind
            if kind is not Kind.NONE
        },
        "runs started": sum(verdict.launches for verdict in verdicts),
        "of the cases with force": sum(verdict.case.force for verdict in verdicts),
        "of the cases with two runs at once": sum(any(len(x) > 1 for x in v.case.launches) for v in verdicts),
        "reads of answers.duckdb": sum(verdict.reads for verdict in verdicts),
        "purchases shown as unknown": sum(verdict.unknown for verdict in verdicts),
        "double purchases": sum(len(verdict.double) for verdict in verdicts),
        "lost answers": sum(len(verdict.lost) for verdict in verdicts),
        "differing tables": sum(len(verdict.different) for verdict in verdicts),
        "unreadable moments": sum(len(verdict.unreadable) for verdict in verdicts),
        "otherwise wrong": sum(len(verdict.other) for verdict in verdicts),
    }
    for name, number in sums.items():
        print(f"{name:<36}{number:>8}")
    print(f"{'seconds':<36}{seconds:>8.0f}")
