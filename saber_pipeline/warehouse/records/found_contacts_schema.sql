CREATE TABLE found_contacts (
    contact_id VARCHAR,
    contact_profile_url VARCHAR,
    first_name VARCHAR,
    last_name VARCHAR,
    full_name VARCHAR,
    headline VARCHAR,
    summary VARCHAR USING COMPRESSION zstd,
    positions STRUCT(
        company_name VARCHAR, company_url VARCHAR, title VARCHAR, tenure_in_months BIGINT, "location" VARCHAR,
        description VARCHAR, started_on STRUCT("year" BIGINT, "month" BIGINT),
        ended_on STRUCT("year" BIGINT, "month" BIGINT)
    )[],
    "role" VARCHAR,
    company_name VARCHAR,
    tenure_at_company STRUCT(years BIGINT, months BIGINT),
    tenure_at_position STRUCT(years BIGINT, months BIGINT),
    seniority VARCHAR[],
    linked_in_sales_navigator_profile_url VARCHAR,
    linked_in_profile_url VARCHAR,
    avatar VARCHAR,
    "location" VARCHAR,
    searches VARCHAR[],
    is_current BOOLEAN,
    first_seen_at TIMESTAMP,
    last_seen_at TIMESTAMP
);
COMMENT ON TABLE found_contacts IS 'People that contact searches found, one row each, as they were seen last.';
COMMENT ON COLUMN found_contacts.contact_id IS 'Identity of the person: the profile URL, else the Sales Navigator address, else name and company.';
COMMENT ON COLUMN found_contacts.contact_profile_url IS 'Profile URL as contact lists and signals.subject have it; NULL where the search gave none that can be used.';
COMMENT ON COLUMN found_contacts.first_name IS 'First name.';
COMMENT ON COLUMN found_contacts.last_name IS 'Last name.';
COMMENT ON COLUMN found_contacts.full_name IS 'Full name.';
COMMENT ON COLUMN found_contacts.headline IS 'Headline of the profile.';
COMMENT ON COLUMN found_contacts.summary IS 'Summary of the profile.';
COMMENT ON COLUMN found_contacts.positions IS 'Positions held.';
COMMENT ON COLUMN found_contacts."role" IS 'Role at the company.';
COMMENT ON COLUMN found_contacts.company_name IS 'The company.';
COMMENT ON COLUMN found_contacts.tenure_at_company IS 'How long at the company, in years and further months.';
COMMENT ON COLUMN found_contacts.tenure_at_position IS 'How long in the position, in years and further months.';
COMMENT ON COLUMN found_contacts.seniority IS 'Seniority levels.';
COMMENT ON COLUMN found_contacts.linked_in_sales_navigator_profile_url IS 'Sales Navigator profile URL.';
COMMENT ON COLUMN found_contacts.linked_in_profile_url IS 'LinkedIn profile URL as it came.';
COMMENT ON COLUMN found_contacts.avatar IS 'URL of the picture.';
COMMENT ON COLUMN found_contacts."location" IS 'Where the contact is.';
COMMENT ON COLUMN found_contacts.searches IS 'Keys of the searches in sources.yaml that ever found this person, sorted.';
COMMENT ON COLUMN found_contacts.is_current IS 'Whether the newest complete run of one of these searches, or one since, found this person.';
COMMENT ON COLUMN found_contacts.first_seen_at IS 'When the search began that found this person first, UTC.';
COMMENT ON COLUMN found_contacts.last_seen_at IS 'When the search began that found this person last, UTC.';

CREATE TABLE contact_search_finds (
    "search" VARCHAR,
    contact_id VARCHAR,
    is_current BOOLEAN,
    first_seen_at TIMESTAMP,
    last_seen_at TIMESTAMP
);
COMMENT ON TABLE contact_search_finds IS 'Who was found by which contact search, one row for each search and person.';
COMMENT ON COLUMN contact_search_finds."search" IS 'Key of the search in sources.yaml.';
COMMENT ON COLUMN contact_search_finds.contact_id IS 'The person; joins to found_contacts.';
COMMENT ON COLUMN contact_search_finds.is_current IS 'Whether the newest complete run of the search, or one since, found this person.';
COMMENT ON COLUMN contact_search_finds.first_seen_at IS 'When the run began that found this person first, UTC.';
COMMENT ON COLUMN contact_search_finds.last_seen_at IS 'When the run began that found this person last, UTC.';

CREATE TABLE contact_searches (
    "search" VARCHAR,
    searched_at TIMESTAMP,
    companies BIGINT,
    rejected_companies BIGINT,
    people BIGINT,
    people_without_profile BIGINT,
    is_complete BOOLEAN
);
COMMENT ON TABLE contact_searches IS 'Finished runs of contact searches.';
COMMENT ON COLUMN contact_searches."search" IS 'Key of the search in sources.yaml.';
COMMENT ON COLUMN contact_searches.searched_at IS 'When the run began, UTC.';
COMMENT ON COLUMN contact_searches.companies IS 'Companies that were searched; 0 for a search that names none.';
COMMENT ON COLUMN contact_searches.rejected_companies IS 'Cells of the column that give no LinkedIn address of a company; see rejected_companies.';
COMMENT ON COLUMN contact_searches.people IS 'People found, each counted once.';
COMMENT ON COLUMN contact_searches.people_without_profile IS 'Those of them without a usable profile URL: no contact list can hold them.';
COMMENT ON COLUMN contact_searches.is_complete IS 'Whether the pages added up to the total that the API gave.';

CREATE TABLE rejected_companies (
    "search" VARCHAR,
    "list" VARCHAR,
    row_number BIGINT,
    "domain" VARCHAR,
    raw_value VARCHAR,
    reason VARCHAR,
    is_dead BOOLEAN,
    searched_at TIMESTAMP
);
COMMENT ON TABLE rejected_companies IS 'Companies that the newest run of a contact search could not search, because they have no LinkedIn address or Saber refused it.';
COMMENT ON COLUMN rejected_companies."search" IS 'Key of the search in sources.yaml.';
COMMENT ON COLUMN rejected_companies."list" IS 'The domain list; NULL for an address in sources.yaml.';
COMMENT ON COLUMN rejected_companies.row_number IS 'Row in the list; data rows count from 1.';
COMMENT ON COLUMN rejected_companies."domain" IS 'The company''s domain.';
COMMENT ON COLUMN rejected_companies.raw_value IS 'What the column holds.';
COMMENT ON COLUMN rejected_companies.reason IS 'Why it cannot be used.';
COMMENT ON COLUMN rejected_companies.is_dead IS 'True for an address that Saber refused because no such page exists.';
COMMENT ON COLUMN rejected_companies.searched_at IS 'When the run began, UTC.';
