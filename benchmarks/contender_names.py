"""What people call the contenders of the race, in the order of the tables."""

NAMES = {
    "http_alone": "HTTP alone, with our client",
    "duckdb_plain": "DuckDB alone, plainly written",
    "duckdb_fastest": "DuckDB alone, the fastest load found, 1 GB",
    "ours": "this project, in process",
    "earlier": "0.1.0's build, in process",
    "dagster": "this project, `dagster asset materialize`",
    "raw_pages": "raw pages, DuckDB's JSON reader; no guarantees",
    "dlt_arrow": "dlt, Arrow tables yielded",
    "aiohttp_arrow": "aiohttp, Arrow",
    "httpx_pandas": "httpx, pandas",
    "dlt_tuned": "dlt, tuned",
    "dlt_plain": "dlt as it comes",
}
