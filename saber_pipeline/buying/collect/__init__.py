"""Following what was bought until every pair is accounted for."""
