-- The same bytes are met in every look. One look tells whose they are, another does not: what any of them told is kept.
CREATE OR REPLACE TEMP TABLE seen_unreadable AS
SELECT
    row_id,
    max(signal_id) AS signal_id,
    max(subject) AS subject,
    max(question) AS question,
    any_value(raw) AS raw,
    min(seen_at) AS seen_at
FROM (
    SELECT
        about ->> '$.row_id' AS row_id,
        about ->> '$.signal_id' AS signal_id,
        about ->> '$.subject' AS subject,
        about ->> '$.question' AS question,
        record ->> '$.raw' AS raw,
        landed_at AS seen_at
    FROM landed_records
    WHERE (about ->> '$.row_id') IS NOT NULL
    UNION ALL BY NAME
    SELECT * FROM unreadable_signals WHERE row_id IN (SELECT about ->> '$.row_id' FROM landed_records)
)
GROUP BY row_id;

DELETE FROM unreadable_signals WHERE row_id IN (SELECT row_id FROM seen_unreadable);

INSERT INTO unreadable_signals BY NAME SELECT * FROM seen_unreadable;

DROP TABLE seen_unreadable;
