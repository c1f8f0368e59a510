"""The pictures that scripts draw: they show what was printed, need nothing from elsewhere, and are not out of date."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.pictures.flow import flow_picture
from saber_pipeline_tests.pictures.terminal import ROWS, Line, played, record

PICTURES = ROOT / "docs" / "pictures"
PRINTS = "import time; print('\\x1b[32mgreen\\x1b[0m <b>'); print('half', end='\\r', flush=True); print('a line')"


def texts(svg: str) -> list[str]:
    """The lines of a drawn terminal."""
    tree = ET.fromstring(svg)  # noqa: S314 - our own drawing
    lines: dict[str, str] = {}
    for element in tree.iter("{http://www.w3.org/2000/svg}text"):
        place = element.get("clip-path", "")
        lines[place] = lines.get(place, "") + (element.text or "").replace("\xa0", " ")
    return [line.strip() for line in lines.values()]


def test_the_flow_is_the_one_that_its_script_draws() -> None:
    """docs/pictures/flow.svg is what ``make pictures`` would write now, and is well-formed."""
    assert (PICTURES / "flow.svg").read_text(encoding="utf-8") == flow_picture()
    assert "answers.duckdb" in "".join(ET.fromstring(flow_picture()).itertext())  # noqa: S314 - our own drawing


def test_a_command_is_recorded_as_it_prints(tmp_path: Path) -> None:
    """Lines, colours and markup of a real command are in the picture, in order; what it overwrote is not."""
    lines = record([sys.executable, "-c", PRINTS], tmp_path, os.environ)
    assert [line.text for line in lines] == ["\x1b[32mgreen\x1b[0m <b>", "a line"]
    svg = played("try me", lines)
    assert texts(svg) == ["$ try me", "green <b>", "a line"]
    assert "#7fd6a8" in svg  # the theme's green


def test_a_command_that_fails_is_no_picture(tmp_path: Path) -> None:
    """A failed command raises with what it said, so that no picture of an error is kept."""
    with pytest.raises(RuntimeError, match="out of luck"):
        record([sys.executable, "-c", "import sys; sys.exit('out of luck')"], tmp_path, os.environ)


def test_long_output_scrolls_and_a_long_line_is_folded() -> None:
    """The window moves up by what does not fit, folded lines included; without motion the last screen stands."""
    lines = [Line(f"line {number}", float(number)) for number in range(ROWS)]
    svg = played("x", [*lines, Line("wide " * 30, 99.0)])
    (up, hidden) = re.findall(r"animation-name: \w+; transform: translateY\((\S+)px\)", svg)
    assert (float(up), float(hidden)) == pytest.approx((-3 * 24.4, (ROWS + 3) * 24.4))
    assert "prefers-reduced-motion" in svg


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*.svg")), ids=lambda picture: picture.name)
def test_no_picture_loads_anything(picture: Path) -> None:
    """No font, style, script or image comes from elsewhere, and each picture says what it shows."""
    text = picture.read_text(encoding="utf-8")
    assert not re.findall(r"url\((?!#)|href|@import|@font-face|<script|<image", text)
    assert "<title>" in text


def test_pictures_are_small() -> None:
    """A reader's page stays light: no picture is larger than 120 kB, and all together are less than 600 kB."""
    sizes = [picture.stat().st_size for picture in PICTURES.iterdir()]
    assert max(sizes) < 120_000
    assert sum(sizes) < 600_000
