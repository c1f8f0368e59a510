-- A version that was seen again with a deletion replaces the row without one.
CREATE OR REPLACE TEMP TABLE seen_templates AS
SELECT
    record ->> '$.id' AS template_id,
    coalesce(TRY_CAST(whole_number(record ->> '$.version') AS INTEGER), 0) AS version,
    record ->> '$.name' AS name,
    record ->> '$.description' AS description,
    record ->> '$.question' AS question,
    record ->> '$.answerType' AS answer_type,
    present(record -> '$.outputSchema') AS output_schema,
    record ->> '$.weight' AS weight,
    present(record -> '$.qualificationCriteria') AS qualification_criteria,
    utc_time(record ->> '$.createdAt') AS created_at,
    utc_time(record ->> '$.deletedAt') AS deleted_at,
    landed_at AS seen_at
FROM landed_records
WHERE (record ->> '$.id') IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY template_id, version ORDER BY deleted_at IS NULL, seen_at) = 1;

DELETE FROM templates
USING seen_templates AS seen
WHERE templates.template_id = seen.template_id AND templates.version = seen.version
    AND templates.deleted_at IS NULL AND seen.deleted_at IS NOT NULL;

INSERT INTO templates BY NAME
SELECT seen.*
FROM seen_templates AS seen
ANTI JOIN templates AS known ON known.template_id = seen.template_id AND known.version = seen.version;

DROP TABLE seen_templates;
