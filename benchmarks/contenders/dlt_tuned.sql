-- The tables that dlt was kept from making out of nested parts, made by DuckDB from its JSON columns.
CREATE TABLE signals AS
SELECT
    id AS signal_id, domain AS subject, question, answer_type, status, created_at, completed_at, confidence, reasoning,
    verification_mode, answer AS answer_json, metadata, company
FROM dlt_data.landed;

CREATE TABLE sources AS
SELECT signal_id, position, source.url, source.title, source.snippet
FROM (
    SELECT id AS signal_id, unnest(found) AS source, unnest(range(len(found))) AS position
    FROM (
        SELECT id, json_transform(sources, '[{"url": "VARCHAR", "title": "VARCHAR", "snippet": "VARCHAR"}]') AS found
        FROM dlt_data.landed
    )
);

CREATE TEMP TABLE typed AS
SELECT
    id AS signal_id, domain AS subject, completed_at, confidence,
    json_transform(answer, '{
        "type": "VARCHAR", "open_text": {"value": "VARCHAR"}, "url": {"value": "VARCHAR"},
        "number": {"value": "DOUBLE"}, "boolean": {"value": "BOOLEAN"}, "list": {"value": ["VARCHAR"]},
        "percentage": {"value": "DOUBLE", "unit": "VARCHAR"},
        "currency": {"value": "DECIMAL(38, 4)", "currency": "VARCHAR"}, "jsonSchema": "JSON",
        "contacts": {"value": [{
            "firstName": "VARCHAR", "lastName": "VARCHAR", "fullName": "VARCHAR", "headline": "VARCHAR",
            "summary": "VARCHAR", "positions": "JSON", "seniority": ["VARCHAR"],
            "linkedInSalesNavigatorProfileUrl": "VARCHAR", "linkedInProfileUrl": "VARCHAR", "avatar": "VARCHAR",
            "location": "VARCHAR", "followerCount": "BIGINT", "education": "JSON"
        }]},
        "contactPosts": {"value": [{
            "postUrl": "VARCHAR", "postText": "VARCHAR", "activityUrn": "VARCHAR", "publishedAt": "VARCHAR",
            "postType": "VARCHAR", "author": "JSON", "engagement": "JSON", "subject": "VARCHAR"
        }]}
    }') AS answer
FROM dlt_data.landed
WHERE answer IS NOT NULL;

CREATE TABLE answers_open_text AS
SELECT * EXCLUDE (answer), answer.open_text.value FROM typed WHERE answer.type = 'open_text';

CREATE TABLE answers_url AS SELECT * EXCLUDE (answer), answer.url.value FROM typed WHERE answer.type = 'url';

CREATE TABLE answers_number AS SELECT * EXCLUDE (answer), answer.number.value FROM typed WHERE answer.type = 'number';

CREATE TABLE answers_boolean AS
SELECT * EXCLUDE (answer), answer.boolean.value FROM typed WHERE answer.type = 'boolean';

CREATE TABLE answers_list AS SELECT * EXCLUDE (answer), answer.list.value FROM typed WHERE answer.type = 'list';

CREATE TABLE answers_percentage AS
SELECT * EXCLUDE (answer), answer.percentage.value, answer.percentage.unit FROM typed WHERE answer.type = 'percentage';

CREATE TABLE answers_currency AS
SELECT * EXCLUDE (answer), answer.currency.value, answer.currency.currency FROM typed WHERE answer.type = 'currency';

CREATE TABLE answers_json_schema AS
SELECT * EXCLUDE (answer), answer.jsonSchema AS value FROM typed WHERE answer.type = 'json_schema';

CREATE TABLE answers_contacts AS
SELECT * EXCLUDE (item), item.fullName AS full_name, item.followerCount AS follower_count, item
FROM (
    SELECT * EXCLUDE (answer), unnest(answer.contacts.value) AS item, unnest(range(len(answer.contacts.value))) AS position
    FROM typed WHERE answer.type = 'contacts'
);

CREATE TABLE answers_contact_posts AS
SELECT * EXCLUDE (item), item.postUrl AS post_url, item.postText AS post_text, item
FROM (
    SELECT
        * EXCLUDE (answer), unnest(answer.contactPosts.value) AS item,
        unnest(range(len(answer.contactPosts.value))) AS position
    FROM typed WHERE answer.type = 'contact_posts'
);
