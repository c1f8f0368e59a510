-- A summary is landed whenever its state is new: the one that changed last counts, and of those the last landed.
-- The reply to a request for a summary is one too. It has no id, and stands until a listing shows one that is completed.
CREATE OR REPLACE TEMP TABLE seen_summaries AS
SELECT
    about ->> '$.domain' AS domain,
    coalesce(record ->> '$.id', 'requested ' || (about ->> '$.domain')) AS summary_id,
    coalesce(plain_status(record ->> '$.status'), CASE WHEN (about ->> '$.requested') = 'true' THEN 'completed' END) AS status,
    TRY_CAST(whole_number(record ->> '$.signalsCount') AS INTEGER) AS signals_count,
    utc_time(record ->> '$.createdAt') AS created_at,
    utc_time(record ->> '$.updatedAt') AS updated_at,
    landed_at AS seen_at,
    record
FROM landed_records
WHERE
    (about ->> '$.domain') IS NOT NULL
    AND ((record ->> '$.id') IS NOT NULL OR (about ->> '$.requested') = 'true')
QUALIFY row_number() OVER (PARTITION BY summary_id ORDER BY updated_at DESC NULLS LAST, seen_at DESC) = 1;

DELETE FROM seen_summaries AS seen
USING summaries AS known
WHERE known.summary_id = seen.summary_id
    AND (coalesce(known.updated_at, known.seen_at), known.seen_at)
        >= (coalesce(seen.updated_at, seen.seen_at), seen.seen_at);

DELETE FROM summaries AS known
USING seen_summaries AS seen
WHERE known.summary_id = seen.summary_id;

DELETE FROM summary_points AS known
USING seen_summaries AS seen
WHERE known.summary_id = seen.summary_id;

INSERT INTO summaries BY NAME
SELECT * EXCLUDE (record), false AS is_newest FROM seen_summaries;

INSERT INTO summary_points BY NAME
SELECT
    summary_id, domain, "position",
    item ->> '$.description' AS description,
    item ->> '$.qualification' AS qualification,
    CASE WHEN json_type(item, '$.referenceQuestions') = 'ARRAY'
        THEN TRY_CAST(item -> '$.referenceQuestions' AS VARCHAR[]) END AS reference_questions,
    CASE WHEN json_type(item, '$.sources') = 'ARRAY'
        THEN list_transform(
            json_transform(item -> '$.sources', '["JSON"]'),
            lambda source: coalesce(source ->> '$.url', source ->> '$')
        ) END AS sources
FROM (
    SELECT
        summary_id, domain,
        unnest(json_transform(record -> '$.summary', '["JSON"]')) AS item,
        unnest(range(json_array_length(record -> '$.summary')::BIGINT))::INTEGER AS "position"
    FROM seen_summaries
    WHERE json_type(record, '$.summary') = 'ARRAY'
)
WHERE json_type(item) = 'OBJECT';

CREATE OR REPLACE TEMP TABLE listed_since AS
SELECT summary_id
FROM summaries AS requested
SEMI JOIN (SELECT domain FROM summaries WHERE status = 'completed' AND NOT starts_with(summary_id, 'requested ')) AS listed
    USING (domain)
WHERE starts_with(requested.summary_id, 'requested ') AND requested.domain IN (SELECT domain FROM seen_summaries);

DELETE FROM summaries WHERE summary_id IN (SELECT summary_id FROM listed_since);

DELETE FROM summary_points WHERE summary_id IN (SELECT summary_id FROM listed_since);

DROP TABLE listed_since;

UPDATE summaries
SET is_newest = (ranked."rank" = 1)
FROM (
    SELECT
        summary_id,
        row_number() OVER (
            PARTITION BY domain
            ORDER BY status = 'completed' DESC, created_at DESC NULLS LAST, summary_id DESC
        ) AS "rank"
    FROM summaries
    WHERE domain IN (SELECT domain FROM seen_summaries)
) AS ranked
WHERE ranked.summary_id = summaries.summary_id;

DROP TABLE seen_summaries;
