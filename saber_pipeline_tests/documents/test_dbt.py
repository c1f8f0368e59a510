"""examples/dbt: what its README shows runs over answers.duckdb, alone and as a package of another project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from saber_pipeline_tests.documents.blocks import ROOT, succeed

EXAMPLE = ROOT / "examples" / "dbt"
MODELS = {path.stem: path for path in EXAMPLE.glob("models/**/*.sql")}
MARTS = [
    "SELECT question_key, companies, answered FROM saber__question_coverage ORDER BY ALL",
    "SELECT domain FROM saber__call_list ORDER BY domain",
]
READING = """
import duckdb, json, sys
print(json.dumps(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall()))
"""
PATIENCE_SECONDS = 900

CONSUMER = {
    "dbt_project.yml": "name: ours\nversion: '1.0.0'\nprofile: ours\nvars: {saber_database: bought}\n",
    "packages.yml": f"packages: [{{local: {EXAMPLE}}}]\n",
    "profiles.yml": (EXAMPLE / "profiles.yml")
    .read_text()
    .replace("saber:\n", "ours:\n", 1)
    .replace(": saber", ": bought"),
    "models/crowded.sql": "select count(*) as companies from {{ ref('saber__call_list') }}\n",
}


def test_the_models_are_sql_over_the_published_file(answers: Path) -> None:
    """With sources and references filled in as dbt fills them, every model runs, and the marts have rows."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{answers.resolve()}' AS saber (READ_ONLY)")
        for name in sorted(MODELS, key=lambda name: not name.startswith("stg_")):
            query = re.sub(r"\{\{ source\('saber', '(\w+)'\) \}\}", r"saber.main.\1", MODELS[name].read_text())
            query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", query)
            con.execute(f"CREATE VIEW {name} AS {query}")
        told = [con.execute(query).fetchall() for query in MARTS]
    assert told == expected(answers)


def expected(answers: Path) -> list[list[tuple[object, ...]]]:
    """What the file says: each question of each company once, each account that may be called once."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as file:
        return [
            file.execute(
                "SELECT question_key, count(*), count(*) FILTER (outcome = 'answered') FROM account_answers "
                "GROUP BY ALL ORDER BY ALL"
            ).fetchall(),
            file.execute(
                "SELECT domain FROM account_fit WHERE tier IS DISTINCT FROM 'disqualified' ORDER BY domain"
            ).fetchall(),
        ]


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="dbt-core 1.10 does not start on Python 3.14")
def test_dbt_builds_it(answers: Path, tmp_path: Path) -> None:
    """The commands of the README, typed as they stand; then another project takes the folder as a package."""
    folder = tmp_path / "dbt"
    shutil.copytree(EXAMPLE, folder)
    environment = os.environ | {
        "SABER_ANSWERS": str(answers.resolve()),
        "ANALYTICS_DUCKDB": str(tmp_path / "analytics.duckdb"),
        "DO_NOT_TRACK": "1",
    }
    (block,) = re.findall(r"```bash\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)
    make, install, build = block.splitlines()
    output_of(make, folder, environment)
    try:
        output_of(install, folder, environment)
    except AssertionError as error:
        pytest.skip(f"dbt-duckdb cannot be installed here: {str(error)[-300:]}")
    assert "ERROR=0" in output_of(build, folder, environment)
    made = environment["ANALYTICS_DUCKDB"]
    assert [read(folder, made, query) for query in MARTS] == expected(answers)
    ours = tmp_path / "ours"
    for name, text in CONSUMER.items():
        (ours / name).parent.mkdir(parents=True, exist_ok=True)
        (ours / name).write_text(text)
    environment["ANALYTICS_DUCKDB"] = str(tmp_path / "ours.duckdb")
    output_of(f"{folder}/.venv/bin/dbt deps --profiles-dir .", ours, environment)
    assert "ERROR=0" in output_of(f"{folder}/.venv/bin/dbt build --profiles-dir .", ours, environment)
    assert read(folder, environment["ANALYTICS_DUCKDB"], "SELECT companies > 0 FROM crowded") == [(True,)]


def read(folder: Path, made: str, query: str) -> list[tuple[object, ...]]:
    """What a query gives in the file that dbt made, by dbt's own DuckDB: an older one may not open it."""
    python = folder / ".venv" / "bin" / "python"
    told = subprocess.run([python, "-c", READING, made, query], capture_output=True, text=True, check=True)
    return [tuple(row) for row in json.loads(told.stdout)]


def output_of(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command printed; it must succeed."""
    return succeed(command.split(), folder, environment, timeout=PATIENCE_SECONDS).stdout
