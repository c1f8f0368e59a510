"""Dates and times of a workbook come into ``attributes`` as the workbook shows them, whatever day it counts from."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from saber_pipeline.inputs import excel_dates
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_rules import DOMAIN_LISTS

EPOCHS = pytest.mark.parametrize("epoch", [CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904], ids=["1900", "1904"])


def workbook(
    path: Path, values: list[Any], *, number_format: str | None = None, epoch: Any, is_iso: bool = False
) -> Path:
    """One company a row with one value beside it."""
    book = openpyxl.Workbook()
    book.epoch, book.iso_dates = epoch, is_iso
    sheet = book.active
    assert sheet is not None
    sheet.append(["domain", "value"])
    for number, value in enumerate(values, start=2):
        sheet.append([f"orrin{number}.com", value])
        if number_format is not None:
            sheet.cell(number, 2).number_format = number_format
    book.save(path)
    return path


def attributes(path: Path) -> list[str | None]:
    """What the lines say of ``value``."""
    return [json.loads(text)["value"] for chunk in open_list(path, DOMAIN_LISTS)[1] for text in chunk.attributes]


@EPOCHS
@pytest.mark.parametrize("is_iso", [False, True], ids=["numbers", "texts"])
def test_days_of_any_century(tmp_path: Path, epoch: Any, *, is_iso: bool) -> None:
    """Days before 1900, around the two first days of calendars, and far ones are the days that were written."""
    days = [
        *(dt.date(1850, 5, 6), dt.date(1899, 12, 31), dt.date(1900, 1, 1), dt.date(1900, 2, 28), dt.date(1900, 3, 1)),
        *(dt.date(1903, 12, 31), dt.date(1904, 1, 1), dt.date(1904, 1, 2), dt.date(2024, 2, 29), dt.date(9999, 12, 31)),
    ]
    path = workbook(tmp_path / "list.xlsx", days, epoch=epoch, is_iso=is_iso)
    assert attributes(path) == [day.isoformat() for day in days]


@EPOCHS
def test_moments_have_one_form(tmp_path: Path, epoch: Any) -> None:
    """Where one cell of a column has a time of day, midnight is told in the others; a first day keeps its time."""
    moments = ["1850-05-06 18:30:00", "1904-01-01 06:00:00", "2024-01-02 00:00:00"]
    path = workbook(tmp_path / "list.xlsx", [dt.datetime.fromisoformat(moment) for moment in moments], epoch=epoch)
    assert attributes(path) == moments


@EPOCHS
def test_times_of_day_stay_times(tmp_path: Path, epoch: Any) -> None:
    """A cell whose format shows hours alone is no date, midnight neither."""
    path = workbook(tmp_path / "list.xlsx", [dt.time(), dt.time(13, 5)], epoch=epoch)
    assert attributes(path) == ["00:00:00", "13:05:00"]


def test_durations_are_hours(tmp_path: Path) -> None:
    """Hours go beyond a day, and below nothing, as Excel shows them."""
    spans = [dt.timedelta(hours=30), dt.timedelta(minutes=5, seconds=7), dt.timedelta(hours=-3)]
    path = workbook(tmp_path / "list.xlsx", spans, number_format="[h]:mm:ss", epoch=CALENDAR_WINDOWS_1900)
    assert attributes(path) == ["30:00:00", "0:05:07", "-3:00:00"]


def test_words_in_a_format_are_no_dates(tmp_path: Path) -> None:
    """Days and years in quotes are words behind a number, and a colour or a language in brackets is nothing."""
    path = workbook(tmp_path / "list.xlsx", [12], number_format='0" days"', epoch=CALENDAR_WINDOWS_1900)
    assert attributes(path) == ["12"]
    path = workbook(tmp_path / "list.xlsx", [dt.time(6)], number_format='h:mm" every day"', epoch=CALENDAR_WINDOWS_1900)
    assert attributes(path) == ["06:00:00"]
    path = workbook(tmp_path / "list.xlsx", [-400], number_format="[$-407]d. mmm yyyy", epoch=CALENDAR_WINDOWS_1900)
    assert attributes(path) == ["1898-11-25"]


def test_what_cannot_be_told_apart_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that openpyxl cannot read keeps its times, and a note says that they may be dates."""
    path = workbook(tmp_path / "list.xlsx", [dt.time(6)], epoch=CALENDAR_WINDOWS_1900)

    def refuse(*_: Any, **__: Any) -> Any:
        raise ValueError("no stylesheet")

    monkeypatch.setattr(openpyxl, "load_workbook", refuse)
    facts, chunks = open_list(path, DOMAIN_LISTS)
    assert facts.notes == (excel_dates.UNTOLD,)
    assert json.loads(next(chunks).attributes[0]) == {"value": "06:00:00"}
