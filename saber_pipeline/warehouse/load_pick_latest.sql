-- Which rows of the piece are new, or newer than what is known. Anti-join instead of a primary key, which
-- doubled the load time. The rule does not depend on the order in which files are loaded.
CREATE OR REPLACE TEMP TABLE chosen AS
WITH ranked AS (
    SELECT
        rowid AS line,
        id AS signal_id,
        state_rank(status, question_id) AS state_rank,
        landed_at,
        bool_or(force_refreshed) OVER (PARTITION BY id) AS ever_forced,
        row_number() OVER (
            PARTITION BY id
            ORDER BY state_rank(status, question_id) DESC, landed_at, landed_file, rowid
        ) AS place
    FROM landed
)
SELECT
    ranked.line,
    ranked.signal_id,
    ranked.ever_forced OR coalesce(known.force_refreshed, false) AS force_refreshed,
    known.signal_id IS NOT NULL AS is_update
FROM ranked
LEFT JOIN signals AS known ON known.signal_id = ranked.signal_id
WHERE
    ranked.place = 1
    AND (
        known.signal_id IS NULL
        OR ranked.state_rank > state_rank(known.status, known.question_id)
        OR (ranked.state_rank = state_rank(known.status, known.question_id) AND ranked.landed_at < known.landed_at)
    );
