"""Tests of what ``make bench`` says."""
