-- Contact research: who is in the lists, what was bought, and what came back.
CREATE TABLE contact_research_people (
    "list" VARCHAR,
    row_number BIGINT,
    person_id VARCHAR,
    first_name VARCHAR,
    last_name VARCHAR,
    company_name VARCHAR,
    company_domain VARCHAR,
    contact_profile_url VARCHAR,
    sales_navigator_url VARCHAR,
    job_title VARCHAR,
    external_id VARCHAR,
    external_source VARCHAR,
    attributes JSON USING COMPRESSION zstd
);
COMMENT ON TABLE contact_research_people IS 'Rows of the research lists that name a person.';
COMMENT ON COLUMN contact_research_people."list" IS 'The research list: the file''s name without its ending.';
COMMENT ON COLUMN contact_research_people.row_number IS 'The row in the file; data rows count from 1.';
COMMENT ON COLUMN contact_research_people.person_id IS 'The person, the same in every list that names them.';
COMMENT ON COLUMN contact_research_people.first_name IS 'First name, as the list has it, trimmed.';
COMMENT ON COLUMN contact_research_people.last_name IS 'Last name, likewise.';
COMMENT ON COLUMN contact_research_people.company_name IS 'The company''s name.';
COMMENT ON COLUMN contact_research_people.company_domain IS 'The company''s domain, lower case, ASCII.';
COMMENT ON COLUMN contact_research_people.contact_profile_url IS 'Address of the person''s profile, where the list has one.';
COMMENT ON COLUMN contact_research_people.sales_navigator_url IS 'Address at Sales Navigator, where the list has one.';
COMMENT ON COLUMN contact_research_people.job_title IS 'Job title, where the list has one.';
COMMENT ON COLUMN contact_research_people.external_id IS 'Id of the person in another system.';
COMMENT ON COLUMN contact_research_people.external_source IS 'That system.';
COMMENT ON COLUMN contact_research_people.attributes IS 'The row as it is in the file.';

CREATE TABLE contact_research_purchases (
    number BIGINT,
    person_id VARCHAR,
    state VARCHAR,
    research_id VARCHAR,
    is_adopted BOOLEAN,
    result VARCHAR,
    credits DOUBLE,
    reason VARCHAR,
    intended_at TIMESTAMP,
    ended_at TIMESTAMP,
    is_forced BOOLEAN,
    run_id VARCHAR,
    first_name VARCHAR,
    last_name VARCHAR,
    company_name VARCHAR,
    company_domain VARCHAR,
    contact_profile_url VARCHAR
);
COMMENT ON TABLE contact_research_purchases IS 'Purchases of contact research, adopted and refused ones included.';
COMMENT ON COLUMN contact_research_purchases.number IS 'Order of the purchases; a person''s newest one that was not refused counts.';
COMMENT ON COLUMN contact_research_purchases.person_id IS 'The person; joins to contact_research.';
COMMENT ON COLUMN contact_research_purchases.state IS 'intended, unknown, accepted, refused or ended. Unknown: the reply was lost, so it may have been paid.';
COMMENT ON COLUMN contact_research_purchases.research_id IS 'The research at Saber, where its id is known.';
COMMENT ON COLUMN contact_research_purchases.is_adopted IS 'True where the research was there already, found by its external id, and cost nothing.';
COMMENT ON COLUMN contact_research_purchases.result IS 'Of one that ended: completed or failed.';
COMMENT ON COLUMN contact_research_purchases.credits IS 'What it cost by the configured price; for an unknown one what it may have cost.';
COMMENT ON COLUMN contact_research_purchases.reason IS 'Why it is refused or unknown.';
COMMENT ON COLUMN contact_research_purchases.intended_at IS 'When it was sent, UTC.';
COMMENT ON COLUMN contact_research_purchases.ended_at IS 'When its result landed, UTC.';
COMMENT ON COLUMN contact_research_purchases.is_forced IS 'Whether it was bought by a forced refresh.';
COMMENT ON COLUMN contact_research_purchases.run_id IS 'The run that sent it.';
COMMENT ON COLUMN contact_research_purchases.first_name IS 'First name, as first seen.';
COMMENT ON COLUMN contact_research_purchases.last_name IS 'Last name, as first seen.';
COMMENT ON COLUMN contact_research_purchases.company_name IS 'The company''s name, as first seen.';
COMMENT ON COLUMN contact_research_purchases.company_domain IS 'The company''s domain.';
COMMENT ON COLUMN contact_research_purchases.contact_profile_url IS 'Address of the person''s profile, where it is known.';

CREATE TABLE contact_research_profiles (
    research_id VARCHAR,
    person_id VARCHAR,
    status VARCHAR,
    summary VARCHAR USING COMPRESSION zstd,
    current_role VARCHAR,
    current_company VARCHAR,
    "location" VARCHAR,
    job_title VARCHAR,
    communication_preference VARCHAR,
    interests VARCHAR[],
    challenges VARCHAR[],
    linked_in_posting_frequency VARCHAR,
    linked_in_engagement_level VARCHAR,
    linked_in_last_activity_at TIMESTAMP,
    contact_profile_url VARCHAR,
    error VARCHAR,
    created_at TIMESTAMP,
    completed_at TIMESTAMP,
    details JSON USING COMPRESSION zstd,
    landed_at TIMESTAMP
);
COMMENT ON TABLE contact_research_profiles IS 'Every contact research that came back, all versions.';
COMMENT ON COLUMN contact_research_profiles.research_id IS 'The research at Saber.';
COMMENT ON COLUMN contact_research_profiles.person_id IS 'The person; joins to contact_research.';
COMMENT ON COLUMN contact_research_profiles.status IS 'completed, failed, or processing for one that never ended.';
COMMENT ON COLUMN contact_research_profiles.summary IS 'What the person is about, in prose.';
COMMENT ON COLUMN contact_research_profiles.current_role IS 'Role now.';
COMMENT ON COLUMN contact_research_profiles.current_company IS 'Company now.';
COMMENT ON COLUMN contact_research_profiles."location" IS 'Where the person is.';
COMMENT ON COLUMN contact_research_profiles.job_title IS 'Job title as Saber has it.';
COMMENT ON COLUMN contact_research_profiles.communication_preference IS 'How the person likes to be written to.';
COMMENT ON COLUMN contact_research_profiles.interests IS 'Interests.';
COMMENT ON COLUMN contact_research_profiles.challenges IS 'Challenges the person probably has.';
COMMENT ON COLUMN contact_research_profiles.linked_in_posting_frequency IS 'How often the person posts.';
COMMENT ON COLUMN contact_research_profiles.linked_in_engagement_level IS 'How much the person engages.';
COMMENT ON COLUMN contact_research_profiles.linked_in_last_activity_at IS 'Last activity seen, UTC.';
COMMENT ON COLUMN contact_research_profiles.contact_profile_url IS 'Address of the profile as Saber has it.';
COMMENT ON COLUMN contact_research_profiles.error IS 'Why it failed.';
COMMENT ON COLUMN contact_research_profiles.created_at IS 'When the research began, UTC.';
COMMENT ON COLUMN contact_research_profiles.completed_at IS 'When it ended, UTC.';
COMMENT ON COLUMN contact_research_profiles.details IS 'The whole object as it came.';
COMMENT ON COLUMN contact_research_profiles.landed_at IS 'When it landed here, UTC.';

CREATE TABLE contact_research_experience (
    research_id VARCHAR,
    person_id VARCHAR,
    "position" INTEGER,
    title VARCHAR,
    company VARCHAR,
    duration VARCHAR
);
COMMENT ON TABLE contact_research_experience IS 'Positions of researched people, one row each.';
COMMENT ON COLUMN contact_research_experience.research_id IS 'The research; joins to contact_research.';
COMMENT ON COLUMN contact_research_experience.person_id IS 'The person.';
COMMENT ON COLUMN contact_research_experience."position" IS 'Place in the profile, from 0: the newest first as a rule.';
COMMENT ON COLUMN contact_research_experience.title IS 'Job title.';
COMMENT ON COLUMN contact_research_experience.company IS 'Company.';
COMMENT ON COLUMN contact_research_experience.duration IS 'How long, as Saber words it.';

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
