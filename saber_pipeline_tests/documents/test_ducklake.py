"""examples/ducklake: the Parquet tables of the store in a DuckLake, by a DuckDB that has the extension."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.store.export_manifest import read_manifest
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline_tests.documents.blocks import ROOT, blocks
from saber_pipeline_tests.documents.environments import environment_with
from saber_pipeline_tests.testbed.world import CLOUD, DAY_SECONDS, SIZE, World, domains

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline_tests.testbed.fixtures import StartWorld

EXAMPLE = ROOT / "examples" / "ducklake"
DIFFERENCES = """
import json, sys
sys.path.insert(0, sys.argv[4])
import load
con = load.connect(sys.argv[1], sys.argv[2])
con.execute(f"ATTACH '{sys.argv[3]}' AS answers (READ_ONLY)")
def differing(table):
    one, other = f"SELECT * EXCLUDE (loaded_from) FROM lake.{table}", f"FROM answers.{table}"
    both = ((one, other), (other, one))
    return sum(con.execute(f"SELECT count(*) FROM ({a} EXCEPT ALL {b})").fetchall()[0][0] for a, b in both)
rows = {table: con.execute(f"SELECT count(*) FROM lake.{table}").fetchall()[0][0] for table in json.loads(sys.argv[5])}
said = "SELECT comment FROM duckdb_columns() WHERE database_name = 'lake' AND column_name = 'signal_id' LIMIT 1"
print(json.dumps([rows, {table: differing(table) for table in rows}, con.execute(said).fetchall()[0][0]]))
"""


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """The world has its ledger in the database."""
    return new_address


@pytest.mark.slow
def test_the_lake_is_the_answers(start: StartWorld, store_address: StoreAddress, tmp_path: Path) -> None:
    """After each publication the command of the page makes the lake's tables those of the answers, also when repeated.

    Two that load at once load nothing twice.
    """
    wanted = [line for line in (EXAMPLE / "requirements.txt").read_text("utf-8").splitlines() if line[0] != "#"]
    python = str(environment_with(wanted, ROOT / ".venv" / "ducklake") / "python")
    (block,) = blocks("examples/ducklake/README.md", "bash")
    command = shlex.split(block.code.splitlines()[-1])
    assert command == [".venv/bin/python", "load.py", "s3://bucket/prefix", "lake.ducklake", "s3://bucket/lake/"]
    lake, data = tmp_path / "lake.ducklake", str(tmp_path / "lake")
    command = [python, str(EXAMPLE / "load.py"), store_address.reveal(), str(lake), data]
    environment = os.environ | store_address.options
    world = start()
    world.store_address = store_address
    world.settings_changed = {"store_exports": "parquet"}

    world.write_list(domains(3))
    world.run(SIZE, CLOUD)
    assert not load(command, environment).startswith("Loaded 0")
    check_lake(world, [python, "-c", DIFFERENCES, str(lake), data], environment)
    assert load(command, environment) == "Loaded 0 files; the rows of 0 earlier ones were deleted.\n"
    world.clock.advance(DAY_SECONDS)
    world.write_list(domains(5))
    world.run(SIZE)
    both = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [(process.communicate(timeout=300)[1], process.returncode) for process in both]
    assert 0 in {code for _, code in said}, said
    check_lake(world, [python, "-c", DIFFERENCES, str(lake), data], environment)


def load(command: list[str], environment: Mapping[str, str]) -> str:
    """What it says."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_lake(world: World, command: list[str], environment: Mapping[str, str]) -> None:
    """Each table of the manifest is in the lake as analysts have it, both ways, with its comments."""
    assert world.store_address is not None
    manifest = read_manifest(ObjectStore(world.store_address))
    arguments = [str(world.paths.answers_file.resolve()), str(EXAMPLE), json.dumps(sorted(manifest.tables))]
    rows, differing, comment = json.loads(load([*command, *arguments], environment).splitlines()[-1])
    assert rows == {name: sum(each.rows for each in table.files) for name, table in manifest.tables.items()}
    assert differing == dict.fromkeys(rows, 0)
    assert comment
