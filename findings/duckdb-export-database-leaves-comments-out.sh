#!/usr/bin/env bash
# DuckDB 1.4.4 and 2.0.1.
# COMMENT ON documents tables, views and columns, and DuckDB's file keeps it. COPY FROM DATABASE takes the comments of
# tables, their columns and views along. EXPORT DATABASE, the way that is advised for changing versions, writes no comment
# into its schema.sql: after IMPORT DATABASE all of them are gone, without a word.
# Output seen, by both versions (comments of the table, its column, the view):
#   the database         ['A company', 'Its domain', 'The known ones']
#   COPY FROM DATABASE   ['A company', 'Its domain', 'The known ones']
#   EXPORT and IMPORT    [None, None, None]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 1.4.4 2.0.1; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" - "$folder/$version" <<'PY'
import sys

import duckdb

COMMENTS = """
    SELECT (SELECT comment FROM duckdb_tables() WHERE database_name = $1 AND table_name = 'companies'),
        (SELECT comment FROM duckdb_columns()
            WHERE database_name = $1 AND table_name = 'companies' AND column_name = 'domain'),
        (SELECT comment FROM duckdb_views() WHERE database_name = $1 AND view_name = 'known')
"""


def comments(con, name):
    return list(con.execute(COMMENTS, [name]).fetchall()[0])


folder = sys.argv[1]
print("DuckDB", duckdb.__version__)
con = duckdb.connect(f"{folder}/told.duckdb")
con.execute("""
    CREATE TABLE companies(domain VARCHAR);
    COMMENT ON TABLE companies IS 'A company';
    COMMENT ON COLUMN companies.domain IS 'Its domain';
    CREATE VIEW known AS SELECT * FROM companies;
    COMMENT ON VIEW known IS 'The known ones';
""")
told = comments(con, "told")
con.execute(f"ATTACH '{folder}/copied.duckdb' AS copied; COPY FROM DATABASE told TO copied")
copied = comments(con, "copied")
con.execute(f"EXPORT DATABASE '{folder}/exported'")
con.close()
con = duckdb.connect(f"{folder}/imported.duckdb")
con.execute(f"IMPORT DATABASE '{folder}/exported'")
imported = comments(con, "imported")
print(f"{'the database':<20} {told}")
print(f"{'COPY FROM DATABASE':<20} {copied}")
print(f"{'EXPORT and IMPORT':<20} {imported}")
assert told == copied == ["A company", "Its domain", "The known ones"], "a file or a copy loses comments now"
assert imported == [None, None, None], "an export has comments now"
PY
done
