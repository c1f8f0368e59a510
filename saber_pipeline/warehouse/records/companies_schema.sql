-- Columns of companies besides domain and observed_at are the API's fields, in snake case, with linkedin as one word.
-- A company's firmographics, one row for each domain, newest first: from webhooks of company signals, and from company lists kept at Saber. A field that the newest source lacks comes from the other source. Empty without both.
CREATE TABLE companies (
    "domain" VARCHAR,  -- Company domain, lower case, ASCII; joins to accounts and signals.subject.
    observed_at TIMESTAMP,  -- Time of the newest data, UTC: when its signal completed, or its list was fetched.
    "id" VARCHAR,  -- Id of the company at Saber.
    "name" VARCHAR,  -- Name.
    industry VARCHAR,  -- Industry.
    website VARCHAR,  -- Address of the website.
    "size" VARCHAR,  -- Range of the number of employees, such as 51-200.
    "type" VARCHAR,  -- Kind of company, such as private or public.
    founded INTEGER,  -- Year in which it was founded.
    city VARCHAR,  -- City of the headquarters.
    "state" VARCHAR,  -- State or region of the headquarters.
    country_code VARCHAR,  -- Country of the headquarters, ISO code.
    handle VARCHAR,  -- Name of its LinkedIn page; company lists have company/<name>.
    linkedin_id BIGINT,  -- LinkedIn's number of the company.
    linkedin_url VARCHAR,  -- Address of its LinkedIn page.
    linkedin_followers BIGINT,  -- Followers on LinkedIn.
    employee_count BIGINT,  -- Approximate number of employees, from LinkedIn.
    "description" VARCHAR USING COMPRESSION zstd,  -- Description.
    logo_url VARCHAR  -- Address of the logo.
);

-- The newest firmographics of a company from each source, as received. companies is made from them.
CREATE TABLE internal.company_sightings (
    "domain" VARCHAR,  -- Company domain, lower case, ASCII.
    source VARCHAR,  -- webhook, or the key of the company list in sources.yaml with list: in front.
    observed_at TIMESTAMP,  -- When it was received, UTC.
    company JSON USING COMPRESSION zstd  -- The API's object.
);

-- Companies of webhooks whose signal is not loaded yet; signals.company takes them.
CREATE TABLE internal.companies_to_join (
    told_of VARCHAR,  -- The id of the signal.
    observed_at TIMESTAMP,  -- When it was received, UTC.
    company JSON USING COMPRESSION zstd  -- The API's object.
);
