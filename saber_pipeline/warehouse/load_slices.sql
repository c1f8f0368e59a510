-- Ranges of the chunk that are worked on at a time. DuckDB's JSON functions hold what they parsed for 2,048
-- rows at once, each function for itself (about a dozen over an answer, three over sources): without this,
-- 2,000 answers of 100 contacts need gigabytes.
SELECT min(line), max(line)
FROM (
    SELECT
        rowid AS line,
        sum(12 * coalesce(strlen(answer), 0) + 3 * coalesce(strlen(sources), 0)) OVER (ORDER BY rowid)
        // $slice_bytes AS slice
    FROM landed
)
GROUP BY slice
ORDER BY 1
