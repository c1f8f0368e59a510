#!/usr/bin/env bash
# mkdocs-material 9.8.2 with mkdocs 1.6.1, Python 3.11.
# The plugin `offline` is there for a site that is read without a network. Every page that it makes loads a script from a content
# delivery network all the same, `iframe-worker/shim`, which the search needs only where pages are opened as files. Without the
# plugin, and with `font: false`, the same page names no script elsewhere, and its search works over HTTP.
# Output seen:
#   scripts from elsewhere without the plugin: 0
#   scripts from elsewhere with the plugin: 1 (unpkg.com/iframe-worker/shim)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mkdocs-material==9.8.2 mkdocs==1.6.1
cd "$folder"
mkdir docs
echo "# One page" > docs/index.md
scripts_elsewhere() {
  printf 'site_name: one\ntheme: {name: material, font: false}\nplugins: [%s]\n' "$1" > mkdocs.yml
  NO_MKDOCS_2_WARNING=1 venv/bin/mkdocs build --quiet --clean
  grep -o '<script src="*https://[^ ">]*' site/index.html | sed 's/.*:\/\///' || true
}
without=$(scripts_elsewhere "search")
with=$(scripts_elsewhere "search, offline")
echo "scripts from elsewhere without the plugin: $(echo -n "$without" | grep -c . || true)"
echo "scripts from elsewhere with the plugin: $(echo -n "$with" | grep -c .) ($with)"
[ -z "$without" ] && [ "$with" = "unpkg.com/iframe-worker/shim" ] || { echo "the plugin does otherwise now"; exit 1; }
