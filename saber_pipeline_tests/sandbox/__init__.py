"""Tests of the sandbox API, over real HTTP."""
