#!/usr/bin/env bash
# ruamel.yaml 0.19.1 (pure Python), Python 3.11.
# YAML 1.2 lets white space, tabs included, separate a key's colon from its value. ruamel reads `[{key:<tab>value}]` in flow
# style, and raises ScannerError for the same pair in block style. Editors that keep tabs write such files.
# Output seen:
#   flow style: [{'key': 'value'}]
#   block style: ScannerError: found character '\t' that cannot start any token
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ruamel.yaml==0.19.1
"$folder/venv/bin/python" - <<'PY'
from ruamel.yaml import YAML
from ruamel.yaml.scanner import ScannerError

flow = YAML(typ="safe", pure=True).load("[{key:\tvalue}]")
print("flow style:", flow)
assert flow == [{"key": "value"}]
try:
    block = YAML(typ="safe", pure=True).load("key:\tvalue\n")
except ScannerError as error:
    print("block style: ScannerError:", error.problem)
    assert error.problem == "found character '\\t' that cannot start any token", error.problem
else:
    raise SystemExit(f"block style is read now: {block}")
PY
