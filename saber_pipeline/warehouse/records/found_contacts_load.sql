-- Lines of contact searches: people, companies that could not be looked at, and last in each file the run itself.
-- A file is one finished run, and is loaded in one transaction, if in several pieces.
CREATE OR REPLACE TEMP TABLE search_lines AS
SELECT
    about ->> '$.line' AS line,
    about ->> '$.search' AS "search",
    utc_time(about ->> '$.searched_at') AS searched_at,
    about ->> '$.contact_id' AS contact_id,
    about ->> '$.contact_profile_url' AS contact_profile_url,
    record
FROM landed_records
WHERE (about ->> '$.search') IS NOT NULL AND utc_time(about ->> '$.searched_at') IS NOT NULL;

INSERT INTO contact_searches BY NAME
SELECT
    "search",
    searched_at,
    whole_number(record ->> '$.companies') AS companies,
    whole_number(record ->> '$.rejected_companies') AS rejected_companies,
    whole_number(record ->> '$.people') AS people,
    whole_number(record ->> '$.people_without_profile') AS people_without_profile,
    TRY_CAST(record ->> '$.is_complete' AS BOOLEAN) AS is_complete
FROM search_lines
ANTI JOIN contact_searches AS known USING ("search", searched_at)
WHERE line = 'run';

INSERT INTO rejected_companies BY NAME
SELECT DISTINCT
    "search",
    record ->> '$.list' AS "list",
    whole_number(record ->> '$.row_number') AS row_number,
    record ->> '$.domain' AS "domain",
    record ->> '$.raw_value' AS raw_value,
    record ->> '$.reason' AS reason,
    coalesce(TRY_CAST(record ->> '$.is_dead' AS BOOLEAN), false) AS is_dead,  -- older lines do not say
    searched_at
FROM search_lines
WHERE line = 'rejected'
EXCEPT
SELECT "search", "list", row_number, "domain", raw_value, reason, is_dead, searched_at FROM rejected_companies;

DELETE FROM rejected_companies
USING contact_searches AS later
WHERE later."search" = rejected_companies."search" AND later.searched_at > rejected_companies.searched_at;

-- A dead address is an input that cannot be used, whichever search met it.
DELETE FROM internal.other_rejected_inputs WHERE subject_type = 'search';

INSERT INTO internal.other_rejected_inputs BY NAME
SELECT DISTINCT
    coalesce("list", 'sources.yaml') AS "list", row_number, raw_value, reason, 'search' AS subject_type
FROM rejected_companies
WHERE is_dead;

CREATE OR REPLACE TEMP TABLE seen_finds AS
SELECT "search", contact_id, min(searched_at) AS first_seen_at, max(searched_at) AS last_seen_at
FROM search_lines
WHERE line = 'person' AND contact_id IS NOT NULL
GROUP BY "search", contact_id;

UPDATE contact_search_finds AS known
SET first_seen_at = least(known.first_seen_at, seen.first_seen_at),
    last_seen_at = greatest(known.last_seen_at, seen.last_seen_at)
FROM seen_finds AS seen
WHERE seen."search" = known."search" AND seen.contact_id = known.contact_id;

INSERT INTO contact_search_finds BY NAME
SELECT "search", contact_id, false AS is_current, first_seen_at, last_seen_at
FROM seen_finds
ANTI JOIN contact_search_finds AS known USING ("search", contact_id);

-- Only a run that adds up shows that somebody is not there any more; one that does not adds people all the same.
UPDATE contact_search_finds AS found
SET is_current = (found.last_seen_at >= newest.searched_at)
FROM (
    SELECT "search", coalesce(max(searched_at) FILTER (is_complete), min(searched_at)) AS searched_at
    FROM contact_searches
    GROUP BY "search"
) AS newest
WHERE newest."search" = found."search"
    AND found.is_current IS DISTINCT FROM (found.last_seen_at >= newest.searched_at);

-- As BIGINT, json_transform would bend 2.5 to some whole number.
CREATE OR REPLACE TEMP MACRO month_of(m) AS
    CASE WHEN m IS NOT NULL THEN {'year': whole_number(m.year), 'month': whole_number(m.month)} END;

CREATE OR REPLACE TEMP MACRO tenure_of(t) AS
    CASE WHEN t IS NOT NULL THEN {'years': whole_number(t.years), 'months': whole_number(t.months)} END;

-- A person seen again, by whichever search, replaces what was known of them; an older sighting does not.
CREATE OR REPLACE TEMP TABLE seen_people AS
SELECT
    contact_id, contact_profile_url, searched_at,
    json_transform(record, '{
        "firstName": "VARCHAR", "lastName": "VARCHAR", "fullName": "VARCHAR", "headline": "VARCHAR",
        "summary": "VARCHAR",
        "positions": [{
            "companyName": "VARCHAR", "companyUrl": "VARCHAR", "title": "VARCHAR", "tenureInMonths": "VARCHAR",
            "location": "VARCHAR", "description": "VARCHAR",
            "startedOn": {"year": "VARCHAR", "month": "VARCHAR"}, "endedOn": {"year": "VARCHAR", "month": "VARCHAR"}
        }],
        "role": "VARCHAR", "companyName": "VARCHAR",
        "tenureAtCompany": {"years": "VARCHAR", "months": "VARCHAR"},
        "tenureAtPosition": {"years": "VARCHAR", "months": "VARCHAR"},
        "seniority": ["VARCHAR"], "linkedInSalesNavigatorProfileUrl": "VARCHAR", "linkedInProfileUrl": "VARCHAR",
        "avatar": "VARCHAR", "location": "VARCHAR"
    }') AS c
FROM search_lines
WHERE line = 'person' AND contact_id IS NOT NULL AND json_type(record) = 'OBJECT'
QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY searched_at DESC, record::VARCHAR) = 1;

DELETE FROM found_contacts
USING seen_people AS seen
WHERE seen.contact_id = found_contacts.contact_id AND seen.searched_at >= found_contacts.last_seen_at;

CREATE OR REPLACE TEMP TABLE sightings AS
SELECT
    contact_id,
    list("search" ORDER BY "search") AS searches,
    bool_or(is_current) AS is_current,
    min(first_seen_at) AS first_seen_at,
    max(last_seen_at) AS last_seen_at
FROM contact_search_finds
GROUP BY contact_id;

INSERT INTO found_contacts BY NAME
SELECT
    contact_id,
    contact_profile_url,
    c.firstName AS first_name,
    c.lastName AS last_name,
    coalesce(c.fullName, nullif(trim(concat_ws(' ', c.firstName, c.lastName)), '')) AS full_name,
    c.headline,
    c.summary,
    list_transform(c.positions, lambda p: {
        'company_name': p.companyName, 'company_url': p.companyUrl, 'title': p.title,
        'tenure_in_months': whole_number(p.tenureInMonths), 'location': p.location, 'description': p.description,
        'started_on': month_of(p.startedOn), 'ended_on': month_of(p.endedOn)
    }) AS positions,
    c.role AS "role",
    c.companyName AS company_name,
    tenure_of(c.tenureAtCompany) AS tenure_at_company,
    tenure_of(c.tenureAtPosition) AS tenure_at_position,
    c.seniority,
    c.linkedInSalesNavigatorProfileUrl AS linked_in_sales_navigator_profile_url,
    c.linkedInProfileUrl AS linked_in_profile_url,
    c.avatar,
    c.location,
    sightings.searches,
    sightings.is_current,
    sightings.first_seen_at,
    sightings.last_seen_at
FROM seen_people
JOIN sightings USING (contact_id)
ANTI JOIN found_contacts AS known USING (contact_id);

-- Others may be current no more, or were seen by one search more.
UPDATE found_contacts AS person
SET searches = sightings.searches,
    is_current = sightings.is_current,
    first_seen_at = sightings.first_seen_at,
    last_seen_at = sightings.last_seen_at
FROM sightings
WHERE sightings.contact_id = person.contact_id
    AND (person.searches, person.is_current, person.first_seen_at, person.last_seen_at)
        IS DISTINCT FROM (sightings.searches, sightings.is_current, sightings.first_seen_at, sightings.last_seen_at);

DROP TABLE sightings;
DROP TABLE search_lines;
DROP TABLE seen_finds;
DROP TABLE seen_people;
