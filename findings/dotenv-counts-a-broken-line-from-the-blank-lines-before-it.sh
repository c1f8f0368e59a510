#!/usr/bin/env bash
# python-dotenv 1.2.4, Python 3.11.
# The parser's binding of a line that it cannot read says where it stands: `original.line`. Blank lines before it belong to the
# same binding, so the number is that of the first blank line, and an error message that shows it points at nothing.
# Output seen:
#   the broken line is 4, dotenv says 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-dotenv==1.2.4
"$folder/venv/bin/python" - <<'PY'
import io

from dotenv.parser import parse_stream

text = "A=1\n\n\n'unfinished name\nB=2\n"
broken = [binding for binding in parse_stream(io.StringIO(text)) if binding.error]
(line,) = [number for number, words in enumerate(text.splitlines(), start=1) if words.startswith("'")]
print(f"the broken line is {line}, dotenv says {broken[0].original.line}")
assert line == 4
assert broken[0].original.line == 2, "dotenv counts differently now"
PY
