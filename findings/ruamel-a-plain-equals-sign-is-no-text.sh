#!/usr/bin/env bash
# ruamel.yaml 0.19.1 (pure Python, which is YAML 1.2), Python 3.11.
# In the schemas of YAML 1.2 a plain `=` is a text like `<`. ruamel gives it the type "value" of YAML 1.1: the safe loader
# refuses the document, and the round-trip loader gives an object that is no str and differs from "=". As a key, `=` is text.
# An enumeration of comparisons is written so.
# Output seen:
#   [<, <=]    safe: ['<', '<=']
#   [<, =]     safe: ConstructorError: could not determine a constructor for the tag 'tag:yaml.org,2002:value'
#   [<, =]     round trip: TaggedScalar, equals '=': False
#   {=: 1}     safe: {'=': 1}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ruamel.yaml==0.19.1
"$folder/venv/bin/python" - <<'PY'
from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError

safe = YAML(typ="safe", pure=True)
print("[<, <=]    safe:", safe.load("[<, <=]"))
try:
    safe.load("[<, =]")
    raise SystemExit("a plain = is read now")
except ConstructorError as error:
    print("[<, =]     safe: ConstructorError:", error.problem)
sign = YAML().load("[<, =]")[1]
print(f"[<, =]     round trip: {type(sign).__name__}, equals '=': {sign == '='}")
assert not isinstance(sign, str), "the round trip gives a text now"
assert sign != "=", "the round trip gives an equal text now"
key = YAML(typ="safe", pure=True).load("{=: 1}")
print("{=: 1}     safe:", key)
assert key == {"=": 1}
PY
