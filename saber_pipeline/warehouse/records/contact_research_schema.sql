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

-- One row for each person of the research lists, with the newest research.
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
    person_id,  -- The person, the same in every list that names them.
    first_rows."list",  -- First list that names the person, by name; NULL where none does any more.
    first_rows.row_number,  -- The row there.
    coalesce(first_rows.first_name, bought.first_name) AS first_name,  -- First name.
    coalesce(first_rows.last_name, bought.last_name) AS last_name,  -- Last name.
    coalesce(first_rows.company_name, bought.company_name) AS company_name,  -- The company's name.
    coalesce(first_rows.company_domain, bought.company_domain) AS company_domain,  -- The company's domain, lower case, ASCII.
    coalesce(first_rows.contact_profile_url, bought.contact_profile_url, profile.contact_profile_url)
        AS contact_profile_url,  -- Address of the profile, from the list or else as Saber has it.
    CASE bought.state
        WHEN 'ended' THEN bought.result WHEN 'accepted' THEN 'processing' ELSE coalesce(bought.state, 'not_bought')
    END AS status,  -- completed, failed, processing, refused, unknown (the reply to the purchase was lost; it may have been paid), intended, or not_bought.
    profile.summary,  -- What the person is about, in prose.
    profile.current_role,  -- Role now.
    profile.current_company,  -- Company now.
    profile."location",  -- Where the person is.
    coalesce(profile.job_title, first_rows.job_title) AS job_title,  -- Job title as Saber has it, or else the list.
    profile.communication_preference,  -- How the person likes to be written to.
    profile.interests,  -- Interests.
    profile.challenges,  -- Challenges the person probably has.
    profile.linked_in_posting_frequency,  -- How often the person posts.
    profile.linked_in_engagement_level,  -- How much the person engages.
    profile.linked_in_last_activity_at,  -- Last activity seen, UTC.
    coalesce(profile.error, bought.reason) AS error,  -- Why it failed, is refused or unknown.
    profile.created_at,  -- When the research began, UTC.
    profile.completed_at,  -- When it ended, UTC.
    first_rows.external_id,  -- Id of the person in another system.
    first_rows.external_source,  -- That system.
    bought.research_id,  -- The research at Saber.
    bought.is_adopted,  -- True where it was found by its external id and cost nothing.
    bought.credits  -- What it cost by the configured price; for an unknown one what it may have cost.
FROM first_rows
FULL JOIN bought USING (person_id)
LEFT JOIN contact_research_profiles AS profile ON profile.research_id = bought.research_id;
