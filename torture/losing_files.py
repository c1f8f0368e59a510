"""After a case has ended: its files are lost or exchanged, and a run must refuse them or buy nothing again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from torture.place import Place
    from torture.playing import Verdict


def keep_older_ledger(place: Place) -> None:
    """A copy of the ledger as it is before the case begins."""
    ledger = place.paths.ledger_file.parent
    if ledger.exists():
        shutil.copytree(ledger, _older(place))


def check_lost_files(place: Place, verdict: Verdict) -> None:
    """Lose what the case says, run unforced, and put the ledger back. Nothing may have been bought meanwhile."""
    lost = place.case.trouble.lost
    if not lost or place.case.is_research:
        return
    ledger, kept = place.paths.ledger_file.parent, place.folder / "kept_ledger"
    before = {pair: len(signals) for pair, signals in place.books().items()}
    shutil.copytree(ledger, kept)
    if not _lose(place, lost):
        shutil.rmtree(kept)
        return
    _run_without(place, lost, verdict)
    for pair, signals in place.books().items():
        if len(signals) > before.get(pair, 0):
            verdict.double.append(f"after {lost} was lost, {', '.join(pair)} was bought again")
    if "ledger" in lost:
        shutil.rmtree(ledger, ignore_errors=True)
        kept.rename(ledger)
    for one in place.launch(force=False):  # what came meanwhile is published with the true ledger
        verdict.launches += 1
        if not one.is_finished:
            verdict.other.append(f"after {lost} was lost and put back: {one.result}")


def _run_without(place: Place, lost: str, verdict: Verdict) -> None:
    """It may refuse what it finds of the ledger, in a sentence; all else it must make good."""
    for one in place.launch(force=False):
        verdict.launches += 1
        wrong = one.result.get("crash") or one.result.get("error")
        is_refused = "error" in one.result and "ledger" in str(wrong).lower()
        if wrong and not is_refused:
            verdict.other.append(f"without {lost}: {wrong}")


def _lose(place: Place, lost: str) -> bool:
    """Whether there was anything to lose."""
    ledger = place.paths.ledger_file.parent
    match lost:
        case "an older ledger":
            if not _older(place).exists():
                return False
            shutil.rmtree(ledger)
            shutil.copytree(_older(place), ledger)
        case "the ledger without its log":
            logs = [*ledger.glob("*-wal"), *ledger.glob("*-shm")]
            for log in logs:
                log.unlink()
            return bool(logs)
        case "the ledger":
            shutil.rmtree(ledger)
        case "the warehouse":
            shutil.rmtree(place.paths.warehouse_folder)
        case _:
            shutil.rmtree(place.paths.warehouse_folder)
            landed = sorted(place.paths.landing.rglob("*.ndjson.zst"))
            for file in landed[::2]:
                file.unlink()
    return True


def _older(place: Place) -> Path:
    return place.folder / "older_ledger"
