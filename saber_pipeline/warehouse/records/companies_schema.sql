-- Columns of companies besides domain and observed_at are the API's fields, in snake case, with linkedin as one word.
CREATE TABLE companies (
    "domain" VARCHAR,
    observed_at TIMESTAMP,
    "id" VARCHAR,
    "name" VARCHAR,
    industry VARCHAR,
    website VARCHAR,
    "size" VARCHAR,
    "type" VARCHAR,
    founded INTEGER,
    city VARCHAR,
    "state" VARCHAR,
    country_code VARCHAR,
    handle VARCHAR,
    linkedin_id BIGINT,
    linkedin_url VARCHAR,
    linkedin_followers BIGINT,
    employee_count BIGINT,
    "description" VARCHAR USING COMPRESSION zstd,
    logo_url VARCHAR
);
COMMENT ON TABLE companies IS 'A company''s firmographics, one row for each domain, newest first: from webhooks of company signals, and from company lists kept at Saber. A field that the newest source lacks comes from the other source. Empty without both.';
COMMENT ON COLUMN companies."domain" IS 'Company domain, lower case, ASCII; joins to accounts and signals.subject.';
COMMENT ON COLUMN companies.observed_at IS 'Time of the newest data, UTC: when its signal completed, or its list was fetched.';
COMMENT ON COLUMN companies."id" IS 'Id of the company at Saber.';
COMMENT ON COLUMN companies."name" IS 'Name.';
COMMENT ON COLUMN companies.industry IS 'Industry.';
COMMENT ON COLUMN companies.website IS 'Address of the website.';
COMMENT ON COLUMN companies."size" IS 'Range of the number of employees, such as 51-200.';
COMMENT ON COLUMN companies."type" IS 'Kind of company, such as private or public.';
COMMENT ON COLUMN companies.founded IS 'Year in which it was founded.';
COMMENT ON COLUMN companies.city IS 'City of the headquarters.';
COMMENT ON COLUMN companies."state" IS 'State or region of the headquarters.';
COMMENT ON COLUMN companies.country_code IS 'Country of the headquarters, ISO code.';
COMMENT ON COLUMN companies.handle IS 'Name of its LinkedIn page; company lists have company/<name>.';
COMMENT ON COLUMN companies.linkedin_id IS 'LinkedIn''s number of the company.';
COMMENT ON COLUMN companies.linkedin_url IS 'Address of its LinkedIn page.';
COMMENT ON COLUMN companies.linkedin_followers IS 'Followers on LinkedIn.';
COMMENT ON COLUMN companies.employee_count IS 'Approximate number of employees, from LinkedIn.';
COMMENT ON COLUMN companies."description" IS 'Description.';
COMMENT ON COLUMN companies.logo_url IS 'Address of the logo.';

CREATE TABLE internal.company_sightings (
    "domain" VARCHAR,
    source VARCHAR,
    observed_at TIMESTAMP,
    company JSON USING COMPRESSION zstd
);
COMMENT ON TABLE internal.company_sightings IS 'The newest firmographics of a company from each source, as received. companies is made from them.';
COMMENT ON COLUMN internal.company_sightings."domain" IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN internal.company_sightings.source IS 'webhook, or the key of the company list in sources.yaml with list: in front.';
COMMENT ON COLUMN internal.company_sightings.observed_at IS 'When it was received, UTC.';
COMMENT ON COLUMN internal.company_sightings.company IS 'The API''s object.';

CREATE TABLE internal.companies_to_join (
    told_of VARCHAR,
    observed_at TIMESTAMP,
    company JSON USING COMPRESSION zstd
);
COMMENT ON TABLE internal.companies_to_join IS 'Companies of webhooks whose signal is not loaded yet; signals.company takes them.';
COMMENT ON COLUMN internal.companies_to_join.told_of IS 'The id of the signal.';
COMMENT ON COLUMN internal.companies_to_join.observed_at IS 'When it was received, UTC.';
COMMENT ON COLUMN internal.companies_to_join.company IS 'The API''s object.';
