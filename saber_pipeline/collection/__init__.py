"""Following what was bought until every pair has its outcome."""
