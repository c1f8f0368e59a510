-- People that contact searches found, one row each, as they were seen last.
CREATE TABLE found_contacts (
    contact_id VARCHAR,  -- Identity of the person: the profile URL, else the Sales Navigator address, else name and company.
    contact_profile_url VARCHAR,  -- Profile URL as contact lists and signals.subject have it; NULL where the search gave none that can be used.
    first_name VARCHAR,  -- First name.
    last_name VARCHAR,  -- Last name.
    full_name VARCHAR,  -- Full name.
    headline VARCHAR,  -- Headline of the profile.
    summary VARCHAR USING COMPRESSION zstd,  -- Summary of the profile.
    positions STRUCT(  -- Positions held.
        company_name VARCHAR, company_url VARCHAR, title VARCHAR, tenure_in_months BIGINT, "location" VARCHAR,
        description VARCHAR, started_on STRUCT("year" BIGINT, "month" BIGINT),
        ended_on STRUCT("year" BIGINT, "month" BIGINT)
    )[],
    "role" VARCHAR,  -- Role at the company.
    company_name VARCHAR,  -- The company.
    tenure_at_company STRUCT(years BIGINT, months BIGINT),  -- How long at the company, in years and further months.
    tenure_at_position STRUCT(years BIGINT, months BIGINT),  -- How long in the position, in years and further months.
    seniority VARCHAR[],  -- Seniority levels.
    linked_in_sales_navigator_profile_url VARCHAR,  -- Sales Navigator profile URL.
    linked_in_profile_url VARCHAR,  -- LinkedIn profile URL as it came.
    avatar VARCHAR,  -- URL of the picture.
    "location" VARCHAR,  -- Where the contact is.
    searches VARCHAR[],  -- Keys of the searches in sources.yaml that ever found this person, sorted.
    is_current BOOLEAN,  -- Whether the newest complete run of one of these searches, or one since, found this person.
    first_seen_at TIMESTAMP,  -- When the search began that found this person first, UTC.
    last_seen_at TIMESTAMP  -- When the search began that found this person last, UTC.
);

-- Who was found by which contact search, one row for each search and person.
CREATE TABLE contact_search_finds (
    "search" VARCHAR,  -- Key of the search in sources.yaml.
    contact_id VARCHAR,  -- The person; joins to found_contacts.
    is_current BOOLEAN,  -- Whether the newest complete run of the search, or one since, found this person.
    first_seen_at TIMESTAMP,  -- When the run began that found this person first, UTC.
    last_seen_at TIMESTAMP  -- When the run began that found this person last, UTC.
);

-- Finished runs of contact searches.
CREATE TABLE contact_searches (
    "search" VARCHAR,  -- Key of the search in sources.yaml.
    searched_at TIMESTAMP,  -- When the run began, UTC.
    companies BIGINT,  -- Companies that were searched; 0 for a search that names none.
    rejected_companies BIGINT,  -- Cells of the column that give no LinkedIn address of a company; see rejected_companies.
    people BIGINT,  -- People found, each counted once.
    people_without_profile BIGINT,  -- Those of them without a usable profile URL: no contact list can hold them.
    is_complete BOOLEAN  -- Whether the pages added up to the total that the API gave.
);

-- Companies that the newest run of a contact search could not search, because they have no LinkedIn address or Saber refused it.
CREATE TABLE rejected_companies (
    "search" VARCHAR,  -- Key of the search in sources.yaml.
    "list" VARCHAR,  -- The domain list; NULL for an address in sources.yaml.
    row_number BIGINT,  -- Row in the list; data rows count from 1.
    "domain" VARCHAR,  -- The company's domain.
    raw_value VARCHAR,  -- What the column holds.
    reason VARCHAR,  -- Why it cannot be used.
    is_dead BOOLEAN,  -- True for an address that Saber refused because no such page exists.
    searched_at TIMESTAMP  -- When the run began, UTC.
);
