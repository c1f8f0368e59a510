"""A list file becomes accepted and rejected rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saber_pipeline.errors import ListError, StorageError
from saber_pipeline.inputs import domains as d
from saber_pipeline.inputs.cells import EMPTY, Found
from saber_pipeline.inputs.list_files import fingerprint
from saber_pipeline.inputs.list_normalisation import normalise_list
from saber_pipeline.inputs.list_options import RULES_VERSION
from saber_pipeline.inputs.list_rules import DOMAIN_LISTS
from saber_pipeline.inputs.table_facts import ListSnapshot

SAMPLES = Path(__file__).parents[2] / "saber_pipeline" / "cli" / "starter"


def normalised(path: Path, folder: Path) -> tuple[ListSnapshot, list[dict[str, Any]], list[dict[str, Any]]]:
    accepted, rejected = folder / "accepted.parquet", folder / "rejected.parquet"
    summary = normalise_list(path, "mine", DOMAIN_LISTS, accepted_path=accepted, rejected_path=rejected)
    return summary, pq.read_table(accepted).to_pylist(), pq.read_table(rejected).to_pylist()


def test_sorts_rows(tmp_path: Path) -> None:
    """Domains, duplicates and rejected values are told apart, each with its row number and raw value."""
    path = tmp_path / "mine.csv"
    path.write_text("x,url\nA,a.de\nB,\nC,www.a.de\nD,d.de|linkedin.com/in/d\n")
    summary, accepted, rejected = normalised(path, tmp_path)
    assert summary == ListSnapshot(
        "mine",
        fingerprint(path),
        rows=4,
        subjects=2,
        duplicates=1,
        rejected=2,
        rules_version=RULES_VERSION,
        facts=summary.facts,
    )
    assert summary.facts is not None
    assert (summary.facts.columns, summary.facts.chosen) == (("x", "url"), "url")
    assert accepted == [
        {
            "list": "mine",
            "domain": "a.de",
            "row_number": 1,
            "raw_value": "a.de",
            "attributes": '{"x":"A"}',
        },
        {
            "list": "mine",
            "domain": "d.de",
            "row_number": 4,
            "raw_value": "d.de|linkedin.com/in/d",
            "attributes": '{"x":"D"}',
        },
    ]
    assert rejected == [
        {"list": "mine", "row_number": 2, "raw_value": "", "reason": EMPTY},
        {
            "list": "mine",
            "row_number": 4,
            "raw_value": "d.de|linkedin.com/in/d",
            "reason": f"{d.PROFILE} (linkedin.com/in/d)",
        },
    ]


def test_every_row_has_an_outcome(tmp_path: Path) -> None:
    """The file of rows holds each row in its order, used, duplicate of a row or rejected, with its other columns."""
    path = tmp_path / "mine.csv"
    path.write_text("x,url\nA,a.de\nB,\nC,www.a.de\nD,d.de|linkedin.com/in/d\n")
    target = tmp_path / "rows.parquet"
    normalise_list(
        path,
        "mine",
        DOMAIN_LISTS,
        accepted_path=tmp_path / "a.parquet",
        rejected_path=tmp_path / "r.parquet",
        rows_path=target,
    )
    rows = pq.read_table(target).to_pylist()
    assert [(r["row_number"], r["domain"], r["outcome"], r["duplicate_of"], r["attributes"]) for r in rows] == [
        (1, "a.de", "used", None, '{"x":"A"}'),
        (2, None, "rejected", None, '{"x":"B"}'),
        (3, "a.de", "duplicate", 1, '{"x":"C"}'),
        (4, "d.de", "used", None, '{"x":"D"}'),
        (4, None, "rejected", None, '{"x":"D"}'),
    ]
    assert [row["reason"] for row in rows] == [None, EMPTY, None, None, f"{d.PROFILE} (linkedin.com/in/d)"]


@pytest.mark.parametrize(("content", "rows"), [("domain\n", 0), ("domain\nn/a\n-\n", 2)])
def test_no_usable_rows(tmp_path: Path, content: str, rows: int) -> None:
    """A list without usable rows is written, and its summary says so."""
    path = tmp_path / "mine.csv"
    path.write_text(content)
    summary, accepted, rejected = normalised(path, tmp_path)
    assert (summary.rows, summary.subjects, len(accepted), len(rejected)) == (rows, 0, 0, rows)


# Without zero bytes: a short file full of them may as well be UTF-16.
cells = st.one_of(
    st.sampled_from(["a.de", "www.a.de", "b.com,a.de", "x.com/y", "n/a", "ü.de", '"', '"a.de', "c.fr\nd.fr", ""]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


@given(st.lists(st.tuples(cells, cells), max_size=12))
def test_no_row_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    """Every data row is accepted, rejected or a duplicate, and no domain comes twice."""
    folder = tmp_path_factory.mktemp("lists")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([("name", "domain"), *rows])
    (folder / "mine.csv").write_bytes(text.getvalue().encode())
    summary, accepted, rejected = normalised(folder / "mine.csv", folder)
    assert summary.rows == len(rows)
    assert (summary.subjects, summary.rejected) == (len(accepted), len(rejected))
    assert len({row["domain"] for row in accepted}) == len(accepted)
    known = {row["row_number"] for row in accepted + rejected}
    for number, (_, value) in enumerate(rows, start=1):
        found = [result.subject for result in d.normalise_domain(value) if isinstance(result, Found)]
        earlier = {row["domain"] for row in accepted if row["row_number"] < number}
        assert number in known or (found and set(found) <= earlier)


def test_failure_leaves_the_old_files(tmp_path: Path) -> None:
    """A list that breaks in the middle leaves the files of its last reading, and nothing half-written."""
    path = tmp_path / "mine.csv"
    path.write_text("domain\na.de\n")
    _, before, _ = normalised(path, tmp_path)
    path.write_bytes("domain\n".encode("utf-16") + "b.de\n".encode("utf-16-le") * 30_000 + b"\x00\xd8")
    with pytest.raises(ListError):
        normalised(path, tmp_path)
    assert pq.read_table(tmp_path / "accepted.parquet").to_pylist() == before
    assert {file.name for file in tmp_path.iterdir()} == {"mine.csv", "accepted.parquet", "rejected.parquet"}


def test_unwritable_target(tmp_path: Path) -> None:
    """A target that cannot be written is a StorageError that names the folder."""
    path = tmp_path / "mine.csv"
    path.write_text("domain\na.de\n")
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "sub"
    with pytest.raises(StorageError, match=str(target)):
        normalise_list(
            path, "mine", DOMAIN_LISTS, accepted_path=target / "a.parquet", rejected_path=target / "r.parquet"
        )


def test_samples(tmp_path: Path) -> None:
    """The sample lists show the mess they are meant to show, and overlap by two domains."""
    summary, accounts, rejected = normalised(SAMPLES / "sample_accounts.csv", tmp_path)
    assert (summary.rows, summary.subjects, summary.duplicates, summary.rejected) == (35, 33, 1, 2)
    assert {row["reason"] for row in rejected} == {EMPTY, d.PROFILE}
    summary, prospects, _ = normalised(SAMPLES / "sample_prospects.csv", tmp_path)
    assert (summary.rows, summary.subjects, summary.rejected) == (10, 10, 0)
    assert {row["domain"] for row in accounts} & {row["domain"] for row in prospects} == {
        "adyen.com",
        "hubspot.com",
    }
