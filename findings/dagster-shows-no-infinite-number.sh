#!/usr/bin/env bash
# dagster and dagster-graphql 1.13.27, msgspec 0.23.0, Python 3.11.
# Metadata of an asset may be a float, and a ratio such as 0/0 of numpy or pandas is one. Dagster takes NaN and Infinity and
# stores them, but its GraphQL interface, which the pages read, gives null for both, so the page has an empty cell, as if
# nothing had been measured. In metadata that is JSON, the same number comes back as a jsonString that is no JSON: Python's
# json reads it, a browser's JSON.parse and msgspec do not.
# Output seen:
#   stored: nan and inf
#   ratio: floatValue is None
#   most: floatValue is None
#   parts: jsonString is {"mean": NaN}; msgspec: JSON is malformed: invalid character (byte 9)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dagster==1.13.27 dagster-graphql==1.13.27 msgspec==0.23.0
cd "$folder"
cat > defs.py <<'PY'
import math

import dagster as dg


@dg.asset
def measured():
    return dg.MaterializeResult(metadata={"ratio": math.nan, "most": math.inf, "parts": {"mean": math.nan}})
PY
export DAGSTER_HOME="$folder" DAGSTER_DISABLE_TELEMETRY=1
touch dagster.yaml
venv/bin/dagster asset materialize -f defs.py --select measured >run.log 2>&1
venv/bin/dagster-graphql -f defs.py -t '{ assetsOrError { ... on AssetConnection { nodes {
  assetMaterializations(limit: 1) { metadataEntries { label
    ... on FloatMetadataEntry { floatValue } ... on JsonMetadataEntry { jsonString } } } } } } }' --output reply.json >graphql.log 2>&1
venv/bin/python - <<'PY'
import json
import math

import dagster as dg
import msgspec

with dg.DagsterInstance.get() as instance:
    event = instance.get_latest_materialization_event(dg.AssetKey("measured"))
stored = event.asset_materialization.metadata
print(f"stored: {stored['ratio'].value} and {stored['most'].value}")
assert math.isnan(stored["ratio"].value) and math.isinf(stored["most"].value)
nodes = json.load(open("reply.json"))["data"]["assetsOrError"]["nodes"]
told = {entry["label"]: entry for entry in nodes[0]["assetMaterializations"][0]["metadataEntries"]}
for name in ("ratio", "most"):
    print(f"{name}: floatValue is {told[name]['floatValue']}")
    assert told[name]["floatValue"] is None, "the number is told now"
text = told["parts"]["jsonString"]
try:
    msgspec.json.decode(text)
    raise SystemExit("the jsonString is JSON now")
except msgspec.DecodeError as error:
    print(f"parts: jsonString is {text}; msgspec: {error}")
PY
