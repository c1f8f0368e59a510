"""Runs in processes of their own, beside the test."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from saber_pipeline_tests.testbed.world import World


def start_process(module: str, world: World, **given: Any) -> subprocess.Popen[str]:
    """Start ``run_in_a_process`` or ``research_in_a_process`` on the world's sandbox and data."""
    arguments = {
        "base_url": world.sandbox.base_url,
        "data_dir": str(world.data_dir),
        "seconds": world.clock.seconds,
    } | given
    return subprocess.Popen(
        [sys.executable, "-m", f"saber_pipeline_tests.testbed.{module}", json.dumps(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
