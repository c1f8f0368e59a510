-- Lines of the piece, different signals among them, and between which times the API made these: a signal's createdAt
-- never changes, and a day covers one that was told without its zone. Where a line tells none, or an odd one, no bound.
SELECT
    count(*),
    count(DISTINCT id),
    CASE WHEN bool_and(is_plain) THEN (min(made_at) - INTERVAL 1 DAY)::VARCHAR ELSE '-infinity' END,
    CASE WHEN bool_and(is_plain) THEN (max(made_at) + INTERVAL 1 DAY)::VARCHAR ELSE 'infinity' END
FROM (
    SELECT
        id,
        createdAt AS made_at,
        coalesce(made_at BETWEEN TIMESTAMP '2000-01-01' AND TIMESTAMP '2200-01-01', false) AS is_plain
    FROM landed
);
