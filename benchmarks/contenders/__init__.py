"""Contenders to get completed signals into DuckDB: ours, peers as a competent user would write them, and floors."""
