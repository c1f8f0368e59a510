-- A research is landed when it has ended. One that never ended and did so later has two states: the newest counts.
CREATE OR REPLACE TEMP TABLE seen_researches AS
SELECT
    record ->> '$.id' AS research_id,
    about ->> '$.person_id' AS person_id,
    plain_status(record ->> '$.status') AS status,
    record ->> '$.profile.summary' AS summary,
    record ->> '$.profile.currentRole' AS "current_role",
    record ->> '$.profile.currentCompany' AS current_company,
    record ->> '$.profile.location' AS "location",
    record ->> '$.jobTitle' AS job_title,
    record ->> '$.communicationStyle.preference' AS communication_preference,
    CASE WHEN json_type(record, '$.interests') = 'ARRAY' THEN TRY_CAST(record -> '$.interests' AS VARCHAR[]) END
        AS interests,
    CASE WHEN json_type(record, '$.challenges') = 'ARRAY' THEN TRY_CAST(record -> '$.challenges' AS VARCHAR[]) END
        AS challenges,
    record ->> '$.linkedInActivity.postingFrequency' AS linked_in_posting_frequency,
    record ->> '$.linkedInActivity.engagementLevel' AS linked_in_engagement_level,
    utc_time(record ->> '$.linkedInActivity.lastActivityDate') AS linked_in_last_activity_at,
    record ->> '$.contactProfileUrl' AS contact_profile_url,
    error_text(record ->> '$.error') AS error,
    utc_time(record ->> '$.createdAt') AS created_at,
    utc_time(record ->> '$.completedAt') AS completed_at,
    record AS details,
    landed_at
FROM landed_records
WHERE (record ->> '$.id') IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY research_id ORDER BY status IN ('completed', 'failed') DESC, landed_at DESC) = 1;

DELETE FROM seen_researches AS seen
USING contact_research_profiles AS known
WHERE known.research_id = seen.research_id
    AND (known.status IN ('completed', 'failed') OR known.landed_at >= seen.landed_at);

DELETE FROM contact_research_profiles AS known
USING seen_researches AS seen
WHERE known.research_id = seen.research_id;

DELETE FROM contact_research_experience AS known
USING seen_researches AS seen
WHERE known.research_id = seen.research_id;

INSERT INTO contact_research_profiles BY NAME
SELECT * FROM seen_researches;

INSERT INTO contact_research_experience BY NAME
SELECT
    research_id, person_id, "position",
    item ->> '$.title' AS title,
    item ->> '$.company' AS company,
    item ->> '$.duration' AS duration
FROM (
    SELECT
        research_id, person_id,
        unnest(json_transform(details -> '$.profile.experience', '["JSON"]')) AS item,
        unnest(range(json_array_length(details -> '$.profile.experience')::BIGINT))::INTEGER AS "position"
    FROM seen_researches
    WHERE json_type(details, '$.profile.experience') = 'ARRAY'
)
WHERE json_type(item) = 'OBJECT';

DROP TABLE seen_researches;
