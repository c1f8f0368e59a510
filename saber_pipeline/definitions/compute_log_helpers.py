"""Keeps Ctrl-C away from Dagster's helper processes, which copy what a step prints."""

from __future__ import annotations

import subprocess
import types
from typing import Any

from dagster._core.execution import compute_logs  # no public name


class _Detached(subprocess.Popen[bytes]):
    """A process outside the terminal's process group."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"start_new_session": True})


def keep_helpers_from_ctrl_c() -> None:
    """From now on Dagster starts ``tail`` and ``watch_orphans`` in a session of their own.

    In the terminal's they get a Ctrl-C as well as the run: the one dies with a traceback on the screen, and the other
    before it has copied the run's last words. Both end by themselves when the run does, however it does.
    """
    if not isinstance(vars(compute_logs)["subprocess"], types.SimpleNamespace):
        vars(compute_logs)["subprocess"] = types.SimpleNamespace(Popen=_Detached)
