"""docs/growing.md, "Machines without a common folder": what it says to type, for machines and for analysts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.documents.blocks import ROOT, Block, blocks, run_block
from saber_pipeline_tests.documents.environments import environment_with

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline.sandbox.sandbox_server import RunningSandbox

PAGE = "docs/growing.md"
HTTPFS = ("duckdb==1.4.4", "duckdb-ext-httpfs==1.4.4.20260205")
"""The newest DuckDB whose extension the index has."""
ATTACH = """
import os, sys, duckdb, duckdb_ext.extensions, pathlib
folder = pathlib.Path(next(iter(duckdb_ext.extensions.__path__)))
file = next(folder.rglob("httpfs.duckdb_extension"))
con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
code = sys.stdin.read().replace("INSTALL httpfs;", "").replace("LOAD httpfs;", f"LOAD '{file}';")
for statement in filter(None, (each.strip() for each in code.split(";"))):
    print(con.execute(statement).fetchall())
"""


def block_with(words: str, *languages: str) -> Block:
    """The one block of the page that holds ``words``."""
    (found,) = (block for block in blocks(PAGE, *languages) if words in block.code)
    return found


@pytest.fixture
def analyst(
    tmp_path: Path, sandbox: RunningSandbox, new_address: LedgerAddress, store_address: StoreAddress
) -> dict[str, str]:
    """The variables of somebody who may read the store that a project has published to, after the page."""
    project = new_project(tmp_path / "a project", sandbox.base_url)
    project.write_list("accounts", ["acme.com", "globex.com"])
    store = {"SABER_STORE_URL": store_address.reveal(), **store_address.options}
    variables = project.shell_variables() | store | {"SABER_LEDGER_URL": new_address.reveal()}
    told = run_block(block_with("saber-pipeline share", "bash"), project.folder, variables)
    assert "put      questions.yaml" in told
    assert project.run("saber-pipeline", "run", "accounts", "--yes", **variables).exit_code == 0
    ledger = variables.pop("SABER_LEDGER_URL")
    return variables | {"LEDGER": ledger}  # which no command knows under that name


@pytest.mark.slow
def test_what_analysts_type(analyst: dict[str, str], tmp_path: Path) -> None:
    """The command and the Python of the page both give a whole answers.duckdb, in a folder without a project."""
    for block in (block_with("answers pull", "bash"), block_with("write_bytes", "python")):
        folder = tmp_path / block.language
        folder.mkdir()
        code = block.code.replace("s3://bucket/prefix", analyst["SABER_STORE_URL"])
        run_block(Block(block.document, block.line, block.language, code), folder, analyst)
        with duckdb.connect(str(folder / "answers.duckdb"), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM accounts").fetchall() == [(2,)]


@pytest.mark.slow
def test_tables_as_parquet(analyst: dict[str, str], tmp_path: Path) -> None:
    """The command exports, and the Python of the page reads a table from the files that the manifest names."""
    project = tmp_path / "a project"
    variables = analyst | {"SABER_LEDGER_URL": analyst["LEDGER"]}
    assert "files (" in run_block(block_with("answers export", "bash"), project, variables)
    block = block_with("import pandas", "python")
    code = block.code.replace("s3://bucket/prefix", analyst["SABER_STORE_URL"])
    told = run_block(Block(block.document, block.line, block.language, code), tmp_path, analyst)
    assert {line.split()[1] for line in told.splitlines()[1:]} == {"acme.com", "globex.com"}


@pytest.mark.slow
def test_parquet_where_it_lies(analyst: dict[str, str], tmp_path: Path) -> None:
    """The SQL of the page reads a table's files over HTTP, where the extension exists for the DuckDB in use."""
    run_block(
        block_with("answers export", "bash"), tmp_path / "a project", analyst | {"SABER_LEDGER_URL": analyst["LEDGER"]}
    )
    assert "('globex.com', " in run_attached("SET VARIABLE files", analyst)


@pytest.mark.slow
def test_attaching_where_it_lies(analyst: dict[str, str]) -> None:
    """The SQL of the page reads the newest version over HTTP, where the extension exists for the DuckDB in use."""
    told = run_attached("ATTACH 's3://", analyst)
    assert "answers/" in told
    assert "acme.com" in told


def run_attached(words: str, analyst: dict[str, str]) -> str:
    """What the SQL of the page that holds ``words`` gives, by a DuckDB that has the extension."""
    commands = environment_with(HTTPFS, ROOT / ".venv" / "httpfs")
    endpoint = analyst["AWS_ENDPOINT_URL"].removeprefix("http://")
    login = (
        f"KEY_ID '{analyst['AWS_ACCESS_KEY_ID']}', SECRET '{analyst['AWS_SECRET_ACCESS_KEY']}', "
        f"ENDPOINT '{endpoint}', USE_SSL false, URL_STYLE 'path'"
    )
    code = block_with(words, "sql").code.replace("s3://bucket/prefix", analyst["SABER_STORE_URL"])
    code = code.replace("KEY_ID 'key', SECRET 'secret'", login)
    done = subprocess.run(
        [commands / "python", "-c", ATTACH], input=code, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
