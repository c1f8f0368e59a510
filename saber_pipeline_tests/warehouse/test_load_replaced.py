"""A signal that is replaced by a newer state leaves every table that held something of the older one."""

from __future__ import annotations

import re

import pytest

from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.schema import schema_sql
from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

TABLES = re.findall(r"CREATE TABLE (\w+) \(\s+signal_id ", schema_sql())
"""Every table whose rows belong to a signal."""


def test_the_tables_of_signals_are_found() -> None:
    """The list of tables below is read from the schema, so that a new one is among them."""
    assert {"signals", "sources", "changes", "answers_boolean", "answers_json_schema"} <= set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_replaced_leaves_the_table(warehouse: OpenWarehouse, table: str) -> None:
    """Rows of a signal that is replaced go, and those of signals that are new or stay do not."""
    con = warehouse.con
    con.execute("CREATE TEMP TABLE chosen (signal_id VARCHAR, is_update BOOLEAN)")
    con.execute("INSERT INTO chosen VALUES ('replaced', true), ('new', false)")
    for signal_id in ("replaced", "new", "stays"):
        con.execute(f"INSERT INTO {table} (signal_id) VALUES (?)", [signal_id])  # noqa: S608 - our own names
    con.execute(load_sql("load_delete_replaced"))
    assert warehouse.rows(f"SELECT signal_id FROM {table} ORDER BY 1") == [("new",), ("stays",)]  # noqa: S608
