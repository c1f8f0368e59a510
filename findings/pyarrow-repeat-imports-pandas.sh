#!/usr/bin/env bash
# pyarrow 26.0.1 with pandas 3.1.1 installed, Python 3.11.
# `pa.array` of a Python list and even `pa.repeat` of one text import the whole of pandas, to see whether the value is an object
# of pandas. A command that builds one small column pays for that import. Builders and `Array.from_buffers` do not import it.
# Output seen:
#   pa.repeat("x", 3): pandas imported
#   pa.array(["x"]): pandas imported
#   pa.lib.StringBuilder: pandas not imported
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1
cat > "$folder/probe.py" <<'PY'
import sys

import pyarrow as pa


def build() -> None:
    builder = pa.lib.StringBuilder()
    builder.append("x")
    builder.finish()


ways = {
    'pa.repeat("x", 3)': lambda: pa.repeat("x", 3),
    'pa.array(["x"])': lambda: pa.array(["x"]),
    "pa.lib.StringBuilder": build,
}
name = list(ways)[int(sys.argv[1])]
assert "pandas" not in sys.modules
ways[name]()
print(f"{name}: pandas {'imported' if 'pandas' in sys.modules else 'not imported'}")
PY
said=$(for way in 0 1 2; do "$folder/venv/bin/python" "$folder/probe.py" "$way"; done)
echo "$said"
expected='pa.repeat("x", 3): pandas imported
pa.array(["x"]): pandas imported
pa.lib.StringBuilder: pandas not imported'
[ "$said" = "$expected" ] || { echo "pyarrow imports otherwise now"; exit 1; }
