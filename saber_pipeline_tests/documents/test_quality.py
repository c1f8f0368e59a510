"""docs/quality.md as its reader does it: truth written down, answers checked and reviewed, every query asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import ROOT, Project, new_project
from saber_pipeline_tests.documents.blocks import blocks, run_block

PAGE = "docs/quality.md"
TEXT = (ROOT / PAGE).read_text("utf-8")
OTHER_WORDING = """
  sells_with_salesforce:
    question: Do this company's salespeople work with Salesforce?
    answer_type: boolean
"""


REVIEWS = """domain,question,value,who,when
company1.com,uses_salesforce,accept,ada,2099-11-29
company2.com,headcount,reject,ada,2099-11-29
company3.com,headcount,1200,ben,2099-11-29 14:30
"""


def known(project: Project) -> str:
    """A truth file about the answers: one is wrong, one cell cannot be read."""
    rows = project.query("SELECT domain, value FROM account_answers WHERE question_key = 'uses_salesforce' ORDER BY 1")
    (first, said), *others = rows
    lines = [f"{first},{'no' if said == 'yes' else 'yes'}", *(f"{domain},{value}" for domain, value in others[:-1])]
    return "\n".join(["domain,uses_salesforce", *lines, f"{others[-1][0]},perhaps", ""])


@pytest.mark.slow
def test_the_page_works_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block works in order on a project with the page's questions; after the answers, nothing is bought."""
    quick = SandboxSettings(processing_seconds=(0.0, 0.2), not_known_share=0.0, failed_share=0.0, degraded_share=1.0)
    (fields,) = blocks(PAGE, "yaml")
    monkeypatch.chdir(tmp_path)  # where a COPY writes
    with RunningSandbox(quick) as sandbox:
        project = new_project(tmp_path / "a project", sandbox.base_url)
        project.write_list("accounts", [f"company{number}.com" for number in range(8)])
        project.write_questions(fields.code + OTHER_WORDING)
        environment = project.shell_variables()
        assert project.run("saber-pipeline", "run", "--yes").exit_code == 0
        bought = sandbox.books()["signals"]
        (project.data / "truth").mkdir()
        (project.data / "truth" / "known.csv").write_text(known(project))
        (project.data / "reviews.csv").write_text(REVIEWS)
        project.write_list("rejected", ["company2.com"])
        assert project.materialize("domain_lists").exit_code == 0
        for block in blocks(PAGE, "bash", "sql"):
            run_block(block, project.folder, environment)
        assert sandbox.books()["signals"] == bought
        assert load_questions(project.data / "questions.yaml").by_key("headcount").tolerance == 0.2
