"""The key stands in none of Dagster's storages, its logs and pages, though the API repeats it in all that it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.testbed.echoing_api import echoing
from saber_pipeline_tests.testbed.traces import reveals, traces


@pytest.mark.slow
def test_the_key_stands_nowhere_in_dagster(ready: Project, sandbox: RunningSandbox) -> None:
    """A run that ends with the API's refusal and one that ends well leave the key in no file, and print it nowhere."""
    key = "sk_test_as_long_as_saber_s"
    with echoing(sandbox.base_url, key) as api:
        project = replace(ready, environment={**ready.environment, "SABER_API_KEY": key, "SABER_BASE_URL": api.url})
        api.refused = {"/credits": 422}
        refused = project.materialize("group:answers", "accounts")
        done = project.materialize("group:answers", "accounts")
        report = project.run("saber-pipeline", "report")
    assert refused.exit_code != 0
    assert "sk_test_…er_s" in refused.failure
    assert done.exit_code == 0, done.printed
    assert report.exit_code == 0, report.printed
    assert project.query("SELECT count(*) > 0 FROM answers_open_text WHERE value LIKE '%sk_test_…er_s%'") == [(True,)]
    assert traces(project.folder, key) == set()
    assert not reveals("".join(ended.printed for ended in (refused, done, report)).encode(), key)
