"""After a case has ended: its files are lost or exchanged, and a run must refuse them or buy nothing again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from torture.case_project import CaseProject
    from torture.case_run import Verdict


def keep_older_ledger(project: CaseProject) -> None:
    """A copy of the ledger as it is before the case begins."""
    ledger = project.paths.ledger_file.parent
    if ledger.exists():
        shutil.copytree(ledger, _older(project))


def check_lost_files(project: CaseProject, verdict: Verdict) -> None:
    """Lose what the case says, run unforced, and put the ledger back. Nothing may have been bought meanwhile."""
    lost = project.case.trouble.lost
    if not lost or project.case.is_research:
        return
    ledger, kept = project.paths.ledger_file.parent, project.folder / "kept_ledger"
    before = {pair: len(signals) for pair, signals in project.books().items()}
    shutil.copytree(ledger, kept)
    if not _lose(project, lost):
        shutil.rmtree(kept)
        return
    _run_without(project, lost, verdict)
    for pair, signals in project.books().items():
        if len(signals) > before.get(pair, 0):
            verdict.double.append(f"after {lost} was lost, {', '.join(pair)} was bought again")
    if "ledger" in lost:
        shutil.rmtree(ledger, ignore_errors=True)
        kept.rename(ledger)
    for one in project.launch(force=False):  # what came meanwhile is published with the true ledger
        verdict.launches += 1
        if not one.is_finished:
            verdict.other.append(f"after {lost} was lost and put back: {one.result}")


def _run_without(project: CaseProject, lost: str, verdict: Verdict) -> None:
    """It may refuse what it finds of the ledger, in a sentence; all else it must make good."""
    for one in project.launch(force=False):
        verdict.launches += 1
        wrong = one.result.get("crash") or one.result.get("error")
        is_refused = "error" in one.result and "ledger" in str(wrong).lower()
        if wrong and not is_refused:
            verdict.other.append(f"without {lost}: {wrong}")


def _lose(project: CaseProject, lost: str) -> bool:
    """Whether there was anything to lose."""
    ledger = project.paths.ledger_file.parent
    match lost:
        case "an older ledger":
            if not _older(project).exists():
                return False
            shutil.rmtree(ledger)
            shutil.copytree(_older(project), ledger)
        case "the ledger without its log":
            logs = [*ledger.glob("*-wal"), *ledger.glob("*-shm")]
            for log in logs:
                log.unlink()
            return bool(logs)
        case "the ledger":
            shutil.rmtree(ledger)
        case "the warehouse":
            shutil.rmtree(project.paths.warehouse_folder)
        case _:
            shutil.rmtree(project.paths.warehouse_folder)
            landed = sorted(project.paths.landing.rglob("*.ndjson.zst"))
            for file in landed[::2]:
                file.unlink()
    return True


def _older(project: CaseProject) -> Path:
    return project.folder / "older_ledger"
