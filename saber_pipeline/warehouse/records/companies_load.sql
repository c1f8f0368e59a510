-- What webhooks and company lists told of companies. Of each source the newest counts, whatever the order of the files.
CREATE OR REPLACE TEMP TABLE seen_companies AS
SELECT
    about ->> '$.domain' AS "domain",
    coalesce('list:' || (about ->> '$.list'), about ->> '$.source') AS source,
    about ->> '$.signal_id' AS told_of,
    coalesce(utc_time(about ->> '$.observed_at'), landed_at) AS observed_at,
    record AS company
FROM landed_records
WHERE (about ->> '$.domain') IS NOT NULL AND json_type(record) = 'OBJECT';

INSERT INTO internal.companies_to_join BY NAME
SELECT told_of, observed_at, company FROM seen_companies WHERE told_of IS NOT NULL;

INSERT INTO internal.company_sightings BY NAME
SELECT "domain", coalesce(source, 'webhook') AS source, observed_at, company FROM seen_companies;

CREATE OR REPLACE TEMP TABLE newest_sightings AS
SELECT *
FROM internal.company_sightings
WHERE "domain" IN (SELECT "domain" FROM seen_companies)
QUALIFY row_number() OVER (PARTITION BY "domain", source ORDER BY observed_at DESC, company::VARCHAR DESC) = 1;

DELETE FROM internal.company_sightings WHERE "domain" IN (SELECT "domain" FROM seen_companies);
INSERT INTO internal.company_sightings BY NAME FROM newest_sightings;
DELETE FROM companies WHERE "domain" IN (SELECT "domain" FROM seen_companies);

INSERT INTO companies BY NAME
WITH told AS (
    SELECT
        "domain",
        observed_at,
        nullif(trim(company ->> '$.id'), '') AS "id",
        nullif(trim(company ->> '$.name'), '') AS "name",
        nullif(trim(company ->> '$.industry'), '') AS industry,
        nullif(trim(company ->> '$.website'), '') AS website,
        nullif(trim(company ->> '$.size'), '') AS "size",
        nullif(trim(company ->> '$.type'), '') AS "type",
        TRY_CAST(whole_number(company ->> '$.founded') AS INTEGER) AS founded,
        nullif(trim(company ->> '$.city'), '') AS city,
        nullif(trim(company ->> '$.state'), '') AS "state",
        nullif(trim(company ->> '$.countryCode'), '') AS country_code,
        nullif(trim(company ->> '$.handle'), '') AS handle,
        coalesce(whole_number(company ->> '$.linkedInId'), whole_number(company ->> '$.enrichedData.liId')) AS linkedin_id,
        nullif(trim(company ->> '$.linkedInUrl'), '') AS linkedin_url,
        whole_number(company ->> '$.linkedInFollowers') AS linkedin_followers,
        whole_number(company ->> '$.employeeCount') AS employee_count,
        nullif(trim(company ->> '$.description'), '') AS "description",
        nullif(trim(company ->> '$.logoUrl'), '') AS logo_url
    FROM newest_sightings
)
SELECT
    "domain",
    max(observed_at) AS observed_at,
    arg_max(COLUMNS(* EXCLUDE ("domain", observed_at)), observed_at)  -- the newest value that is not NULL
FROM told
GROUP BY "domain";

DROP TABLE newest_sightings;
DROP TABLE seen_companies;
