"""``dagster asset materialize --select contact_research``: what stops it, in one sentence, and what it leaves."""

from __future__ import annotations

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.project import Project


@pytest.mark.slow
def test_what_stops_a_run_and_what_lets_it_go_on(project: Project, sandbox: RunningSandbox) -> None:
    """Without a key, or with too few credits, nothing is bought and the failure says why; then everybody is, once."""
    folder = project.data / "research_lists"
    folder.mkdir()
    rows = "Ada,Byron,Engines,engines.co.uk\nGrace,Hopper,Cobol,cobol.com\n,x,y,z.com\n"
    (folder / "leads.csv").write_text(f"first_name,last_name,company,domain\n{rows}", encoding="utf-8")
    without_key = project.materialize("contact_research", SABER_API_KEY="")
    assert without_key.exit_code == 1
    assert "SABER_API_KEY is not set; nothing was spent" in without_key.failure
    sandbox.set_credits(1)
    too_few = project.materialize("contact_research")
    assert "2 needed for the research of 2 people, 1 available. Nothing was spent" in too_few.failure
    assert sandbox.books()["contact_researches"] == 0
    assert project.query("SELECT status, count(*) FROM contact_research GROUP BY 1") == [("not_bought", 2)]
    sandbox.set_credits(10)
    done = project.materialize("contact_research")
    assert done.exit_code == 0, done.printed
    assert "'rejected_inputs' on 'contact_research' did not pass" in done.printed
    assert set(sandbox.books()["contact_researches_by_person"].values()) == {1}
    assert project.query("SELECT count(*) FROM contact_research WHERE status IN ('completed', 'failed')") == [(2,)]
