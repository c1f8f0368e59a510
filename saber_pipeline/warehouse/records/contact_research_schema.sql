-- Contact research: who is in the lists, what was bought, and what came back.
-- Rows of the research lists that name a person.
CREATE TABLE contact_research_people (
    "list" VARCHAR,  -- The research list: the file's name without its ending.
    row_number BIGINT,  -- The row in the file; data rows count from 1.
    person_id VARCHAR,  -- The person, the same in every list that names them.
    first_name VARCHAR,  -- First name, as the list has it, trimmed.
    last_name VARCHAR,  -- Last name, likewise.
    company_name VARCHAR,  -- The company's name.
    company_domain VARCHAR,  -- The company's domain, lower case, ASCII.
    contact_profile_url VARCHAR,  -- Address of the person's profile, where the list has one.
    sales_navigator_url VARCHAR,  -- Address at Sales Navigator, where the list has one.
    job_title VARCHAR,  -- Job title, where the list has one.
    external_id VARCHAR,  -- Id of the person in another system.
    external_source VARCHAR,  -- That system.
    attributes JSON USING COMPRESSION zstd  -- The row as it is in the file.
);

-- Purchases of contact research, adopted and refused ones included.
CREATE TABLE contact_research_purchases (
    number BIGINT,  -- Order of the purchases; a person's newest one that was not refused counts.
    person_id VARCHAR,  -- The person; joins to contact_research.
    state VARCHAR,  -- intended, unknown, accepted, refused or ended. Unknown: the reply was lost, so it may have been paid.
    research_id VARCHAR,  -- The research at Saber, where its id is known.
    is_adopted BOOLEAN,  -- True where the research was there already, found by its external id, and cost nothing.
    result VARCHAR,  -- Of one that ended: completed or failed.
    credits DOUBLE,  -- What it cost by the configured price; for an unknown one what it may have cost.
    reason VARCHAR,  -- Why it is refused or unknown.
    intended_at TIMESTAMP,  -- When it was sent, UTC.
    ended_at TIMESTAMP,  -- When its result landed, UTC.
    is_forced BOOLEAN,  -- Whether it was bought by a forced refresh.
    run_id VARCHAR,  -- The run that sent it.
    first_name VARCHAR,  -- First name, as first seen.
    last_name VARCHAR,  -- Last name, as first seen.
    company_name VARCHAR,  -- The company's name, as first seen.
    company_domain VARCHAR,  -- The company's domain.
    contact_profile_url VARCHAR  -- Address of the person's profile, where it is known.
);

-- Every contact research that came back, all versions.
CREATE TABLE contact_research_profiles (
    research_id VARCHAR,  -- The research at Saber.
    person_id VARCHAR,  -- The person; joins to contact_research.
    status VARCHAR,  -- completed, failed, or processing for one that never ended.
    summary VARCHAR USING COMPRESSION zstd,  -- What the person is about, in prose.
    current_role VARCHAR,  -- Role now.
    current_company VARCHAR,  -- Company now.
    "location" VARCHAR,  -- Where the person is.
    job_title VARCHAR,  -- Job title as Saber has it.
    communication_preference VARCHAR,  -- How the person likes to be written to.
    interests VARCHAR[],  -- Interests.
    challenges VARCHAR[],  -- Challenges the person probably has.
    linked_in_posting_frequency VARCHAR,  -- How often the person posts.
    linked_in_engagement_level VARCHAR,  -- How much the person engages.
    linked_in_last_activity_at TIMESTAMP,  -- Last activity seen, UTC.
    contact_profile_url VARCHAR,  -- Address of the profile as Saber has it.
    error VARCHAR,  -- Why it failed.
    created_at TIMESTAMP,  -- When the research began, UTC.
    completed_at TIMESTAMP,  -- When it ended, UTC.
    details JSON USING COMPRESSION zstd,  -- The whole object as it came.
    landed_at TIMESTAMP  -- When it landed here, UTC.
);

-- Positions of researched people, one row each.
CREATE TABLE contact_research_experience (
    research_id VARCHAR,  -- The research; joins to contact_research.
    person_id VARCHAR,  -- The person.
    "position" INTEGER,  -- Place in the profile, from 0: the newest first as a rule.
    title VARCHAR,  -- Job title.
    company VARCHAR,  -- Company.
    duration VARCHAR  -- How long, as Saber words it.
);

CREATE VIEW contact_research AS
WITH first_rows AS (
    SELECT *
    FROM contact_research_people
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY "list", row_number) = 1
),
bought AS (
    SELECT *
    FROM contact_research_purchases
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY state = 'refused', number DESC) = 1
)
SELECT
    person_id,
    first_rows."list",
    first_rows.row_number,
    coalesce(first_rows.first_name, bought.first_name) AS first_name,
    coalesce(first_rows.last_name, bought.last_name) AS last_name,
    coalesce(first_rows.company_name, bought.company_name) AS company_name,
    coalesce(first_rows.company_domain, bought.company_domain) AS company_domain,
    coalesce(first_rows.contact_profile_url, bought.contact_profile_url, profile.contact_profile_url)
        AS contact_profile_url,
    CASE bought.state
        WHEN 'ended' THEN bought.result WHEN 'accepted' THEN 'processing' ELSE coalesce(bought.state, 'not_bought')
    END AS status,
    profile.summary,
    profile.current_role,
    profile.current_company,
    profile."location",
    coalesce(profile.job_title, first_rows.job_title) AS job_title,
    profile.communication_preference,
    profile.interests,
    profile.challenges,
    profile.linked_in_posting_frequency,
    profile.linked_in_engagement_level,
    profile.linked_in_last_activity_at,
    coalesce(profile.error, bought.reason) AS error,
    profile.created_at,
    profile.completed_at,
    first_rows.external_id,
    first_rows.external_source,
    bought.research_id,
    bought.is_adopted,
    bought.credits
FROM first_rows
FULL JOIN bought USING (person_id)
LEFT JOIN contact_research_profiles AS profile ON profile.research_id = bought.research_id;
COMMENT ON VIEW contact_research IS 'One row for each person of the research lists, with the newest research.';
COMMENT ON COLUMN contact_research."person_id" IS 'The person, the same in every list that names them.';
COMMENT ON COLUMN contact_research."list" IS 'First list that names the person, by name; NULL where none does any more.';
COMMENT ON COLUMN contact_research."row_number" IS 'The row there.';
COMMENT ON COLUMN contact_research."first_name" IS 'First name.';
COMMENT ON COLUMN contact_research."last_name" IS 'Last name.';
COMMENT ON COLUMN contact_research."company_name" IS 'The company''s name.';
COMMENT ON COLUMN contact_research."company_domain" IS 'The company''s domain, lower case, ASCII.';
COMMENT ON COLUMN contact_research."contact_profile_url" IS 'Address of the profile, from the list or else as Saber has it.';
COMMENT ON COLUMN contact_research."status" IS 'completed, failed, processing, refused, unknown (the reply to the purchase was lost; it may have been paid), intended, or not_bought.';
COMMENT ON COLUMN contact_research."summary" IS 'What the person is about, in prose.';
COMMENT ON COLUMN contact_research."current_role" IS 'Role now.';
COMMENT ON COLUMN contact_research."current_company" IS 'Company now.';
COMMENT ON COLUMN contact_research."location" IS 'Where the person is.';
COMMENT ON COLUMN contact_research."job_title" IS 'Job title as Saber has it, or else the list.';
COMMENT ON COLUMN contact_research."communication_preference" IS 'How the person likes to be written to.';
COMMENT ON COLUMN contact_research."interests" IS 'Interests.';
COMMENT ON COLUMN contact_research."challenges" IS 'Challenges the person probably has.';
COMMENT ON COLUMN contact_research."linked_in_posting_frequency" IS 'How often the person posts.';
COMMENT ON COLUMN contact_research."linked_in_engagement_level" IS 'How much the person engages.';
COMMENT ON COLUMN contact_research."linked_in_last_activity_at" IS 'Last activity seen, UTC.';
COMMENT ON COLUMN contact_research."error" IS 'Why it failed, is refused or unknown.';
COMMENT ON COLUMN contact_research."created_at" IS 'When the research began, UTC.';
COMMENT ON COLUMN contact_research."completed_at" IS 'When it ended, UTC.';
COMMENT ON COLUMN contact_research."external_id" IS 'Id of the person in another system.';
COMMENT ON COLUMN contact_research."external_source" IS 'That system.';
COMMENT ON COLUMN contact_research."research_id" IS 'The research at Saber.';
COMMENT ON COLUMN contact_research."is_adopted" IS 'True where it was found by its external id and cost nothing.';
COMMENT ON COLUMN contact_research."credits" IS 'What it cost by the configured price; for an unknown one what it may have cost.';
