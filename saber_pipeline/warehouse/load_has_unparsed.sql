-- How many answers of the piece load_parse_exact left.
SELECT
    (SELECT count(*) FROM landed WHERE status = 'completed' AND answer IS NOT NULL) - (SELECT count(*) FROM coerced);
