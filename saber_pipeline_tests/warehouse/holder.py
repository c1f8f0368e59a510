"""Opens answers.duckdb in a process of its own and keeps it, as an analyst's tool does.

Run as ``python holder.py <file> <read|write>``. It obeys the lines it is sent: ``views`` reads every
view, ``write`` makes a table, ``rows`` counts the signals, ``close`` ends. Each answer is one line.
"""

import sys

import duckdb


def main() -> None:
    """Obey until closed. Uses the standard library and DuckDB only, so that version 1.4 can run it."""
    file, mode = sys.argv[1:]
    con = duckdb.connect(file, read_only=mode == "read")
    print(f"open {duckdb.__version__}", flush=True)
    for line in sys.stdin:
        order = line.strip()
        if order == "views":
            names = con.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()
            for schema, name in names:
                con.execute(f'SELECT * FROM {schema}."{name}"').fetchall()  # noqa: S608 - names from the catalog
            print(f"views {len(names)}", flush=True)
        elif order == "comments":
            silent = con.execute(
                "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
            ).fetchall()[0][0]
            print(f"silent {silent}", flush=True)
        elif order == "write":
            con.execute("CREATE TABLE IF NOT EXISTS mine (a INTEGER)")
            con.execute("INSERT INTO mine VALUES (1)")
            print("written", flush=True)
        elif order == "rows":
            rows = con.execute("SELECT count(*) FROM signals").fetchall()[0][0]
            print(f"rows {rows}", flush=True)
        elif order == "close":
            break
    con.close()
    print("closed", flush=True)


if __name__ == "__main__":
    main()
