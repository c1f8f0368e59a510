-- How many answers of the piece load_usual left.
SELECT
    (SELECT count(*) FROM landed WHERE status = 'completed' AND answer IS NOT NULL) - (SELECT count(*) FROM coerced);
