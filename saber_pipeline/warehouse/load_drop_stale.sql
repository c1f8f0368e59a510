-- Only chosen rows stay in the piece. Bought past the cache once, a signal stays so, also where an earlier or
-- later sighting of it was cheaper.
UPDATE signals SET force_refreshed = true
FROM (SELECT DISTINCT id FROM landed WHERE force_refreshed) AS forced
WHERE signals.signal_id = forced.id AND NOT signals.force_refreshed;

UPDATE landed SET force_refreshed = true
FROM chosen
WHERE chosen.line = landed.rowid AND chosen.force_refreshed AND NOT landed.force_refreshed;

DELETE FROM landed WHERE rowid NOT IN (SELECT line FROM chosen)
