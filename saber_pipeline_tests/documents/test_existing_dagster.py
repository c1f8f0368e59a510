"""docs/existing-dagster.md, followed as its reader follows it."""

from __future__ import annotations

import shlex
from pathlib import Path

from saber_pipeline.definitions.component import DEFS_YAML
from saber_pipeline.sandbox.running import RunningSandbox
from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.documents.blocks import blocks

PAGE = "docs/existing-dagster.md"


def test_the_merged_deployment_runs(tmp_path: Path) -> None:
    """The page's definitions.py loads, and each of its commands succeeds, down to the foreign asset."""
    (python,) = blocks(PAGE, "python")
    merge, _ = blocks(PAGE, "bash")
    with RunningSandbox() as sandbox:
        project = new_project(tmp_path / "project", sandbox.base_url)
        project.write_list("my_accounts", ["acme.com", "globex.com"])
        (project.folder / "definitions.py").write_text(python.code, encoding="utf-8")
        for line in merge.code.splitlines():
            ended = project.run(*shlex.split(line))
            assert ended.exit_code == 0, ended.printed
        assert project.query("SELECT count(*) FROM signals WHERE question_key = 'uses_salesforce'") == [(2,)]


def test_the_component_is_written_as_the_page_shows_it() -> None:
    """What `dg scaffold` writes is the block of the page."""
    shown = next(block.code for block in blocks(PAGE, "yaml") if "SaberQuestions" in block.code)
    written = DEFS_YAML.format(type_name="saber_pipeline.SaberQuestions", data_dir="data/accounts")
    assert shown.strip() == written.strip()
