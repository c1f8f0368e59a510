"""Whatever lists, file names and answers hold, no command prints what a terminal obeys instead of showing it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from saber_pipeline.cli import main
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline_tests.command_line.project import Project

EVIL = "\x1b[5;44mred\x1b]0;title\x07\x9b2J\u202e\rover\x08"
OWN_COLOURS = re.compile("\x1b\\[(?:0|1|3[0-7])m")
"""What doctor paints its verdicts with; nothing of EVIL is among them."""
STEERS = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u2066"} - {"\n", "\t"}

COMMANDS = [
    ["lists"],
    ["lists", "accounts"],
    ["lists", "accounts", "--rejected"],
    ["plan"],
    ["status"],
    ["doctor"],
    ["answers", "accounts"],
    ["rebuild"],
]
WITH_JSON = [["lists"], ["lists", "accounts", "--rejected"], ["plan"], ["status"], ["doctor"], ["answers", "accounts"]]


def printed(*arguments: str) -> str:
    """What a command prints where colours are not taken away."""
    result = CliRunner().invoke(main, list(arguments), prog_name="saber-pipeline", color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return OWN_COLOURS.sub("", result.stdout + result.stderr)


def land_an_evil_answer(project: Project) -> None:
    """An answer, a reason and a failure as somebody might slip them in, for two companies."""
    [(question_id, text)] = project.query(
        "SELECT DISTINCT question_id, question FROM signals WHERE question_key = 'crm'"
    )
    paths = DataPaths(project.data)
    with LandingWriter(paths.landed_signals, "29990101T000000000000Z-evil-0", now=lambda: datetime.now(UTC)) as writer:
        for number, domain in enumerate(["acme.com", "globex.com"]):
            signal = {
                "id": f"evil{number}{EVIL}",
                "domain": domain,
                "question": text,
                "answerType": "open_text",
                "status": "completed" if number == 0 else "failed",
                "completedAt": "2100-01-01T00:00:00Z",
                "answer": {"type": "open_text", "open_text": {"value": f"Sales{EVIL}force"}} if number == 0 else None,
                "error": EVIL,
                "errorCode": EVIL,
                "reasoning": EVIL,
                "sources": [{"url": f"https://a.com/{EVIL}", "title": EVIL, "snippet": EVIL}],
            }
            writer.add(question_id, False, json.dumps(signal).encode())
        writer.commit()


@pytest.mark.slow
def test_no_command_steers_a_terminal(project: Project, tmp_path: Path) -> None:
    """Every command, with ``--json`` too, prints answers, rows and names of files without what steers; JSON is JSON."""
    printed("run", "accounts", "--yes")
    land_an_evil_answer(project)
    cells = ["acme.com", "globex.com", "initech.com", f"no {EVIL} domain"]
    rows = "".join(f'"{cell}","{EVIL.replace(chr(13), "")}"\n' for cell in cells)
    (project.data / "domain_lists" / "accounts.csv").write_text(f'domain,"na{EVIL[:5]}me"\n{rows}', newline="")
    (project.data / "domain_lists" / f"ba{EVIL.replace('/', '')}d.csv").write_text("domain\numbrella.com\n")
    other = tmp_path / f"ne{EVIL}w.csv"
    other.write_text(f"domain\nhooli.com\nno {EVIL} domain\n", newline="")
    seen = {" ".join(command): printed(*command) for command in COMMANDS}
    seen["add"] = printed("add", str(other))
    seen["run"] = printed("run", "--yes")
    assert {name: STEERS & set(text) for name, text in seen.items() if STEERS & set(text)} == {}
    assert "Sales" in seen["answers accounts"]
    for command in WITH_JSON:
        text = printed(*command, "--json")
        assert not STEERS & set(text), command
        json.loads(text)
