"""What a run costs besides credits: requests, and modules that take long to import."""

from __future__ import annotations

import subprocess
import sys

from saber_pipeline_tests.testbed.world import SIZE, World, domains


def test_requests_that_only_ask_how_far_the_api_is_are_counted_apart(world: World) -> None:
    """A run says how many signals it received, and how many of its requests only polled."""
    world.write_list(domains(120))
    result = world.run(SIZE)
    assert result.signals_received == 120
    assert 0 < result.polling_requests < result.requests.total()
    again = world.run(SIZE)
    assert (again.signals_received, again.polling_requests) == (0, 0)


def test_a_run_imports_no_data_frames() -> None:
    """Neither pandas nor pyarrow is imported by what every run needs: they take half a second."""
    code = "import sys, saber_pipeline.runs.answers; print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
