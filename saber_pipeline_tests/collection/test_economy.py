"""What a run costs besides credits: requests, and modules that take long to import."""

from __future__ import annotations

import subprocess
import sys

from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import SIZE, InterceptingTransport, World, domains


def test_requests_that_only_ask_how_far_the_api_is_are_counted_apart(world: World) -> None:
    """A run says how many signals it received, and how many of its requests only polled."""
    world.write_list(domains(120))
    result = world.run(SIZE)
    assert result.signals_received == 120
    assert 0 < result.polling_requests < result.requests.total()
    again = world.run(SIZE)
    assert (again.signals_received, again.polling_requests) == (0, 0)


def test_where_nothing_has_ended_a_poll_is_one_request(start: StartWorld) -> None:
    """While as many signals are processing as before, every other poll asks for nothing else, and no two in a row."""
    world = start(processing_seconds=(100.0, 110.0), failed_share=0)
    world.write_list(domains(300))
    asked: list[tuple[str, ...]] = []
    world.transport = lambda: InterceptingTransport(
        after=lambda request: asked.append(tuple(request.url.params.get_list("status")))
    )
    assert world.run(SIZE).signals_received == 300
    counted = "".join("p" if status == ("processing",) else "c" for status in asked if status)
    assert counted.count("pp") >= 2
    assert "ppp" not in counted  # as many may have been created as have ended


def test_a_run_imports_no_data_frames() -> None:
    """Neither pandas nor pyarrow is imported by what every run needs: they take half a second."""
    code = "import sys, saber_pipeline.runs.answers; print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
