-- One row for each completed signal of the piece with an answer in the API's usual words: of the type that its
-- question asks for, under that type's key, as the JSON kind that belongs to it. One look at the answer tells all
-- of them; what is worded otherwise is left to load_coerce, which would make the same of these.
CREATE OR REPLACE TEMP TABLE families AS
SELECT question_id, question_key, answer_type, choices, answer_family(answer_type) AS wanted FROM internal.question_catalog;

CREATE OR REPLACE TEMP TABLE coerced AS
WITH opened AS MATERIALIZED (  -- else each filter below would open every answer again
    SELECT
        landed.rowid AS line,
        landed.id AS signal_id,
        subject_of(landed.subject_bought, landed.signalType, landed.domain, landed.contactProfileUrl) AS subject,
        families.question_key,
        utc_time(landed.completedAt) AS completed_at,
        TRY_CAST(landed.confidence AS DOUBLE) AS confidence,
        landed.question_id,
        families.wanted,
        families.choices,
        json_transform(landed.answer, '{
            "type": "VARCHAR", "open_text": {"value": "JSON"}, "openText": {"value": "JSON"},
            "number": {"value": "JSON"}, "boolean": {"value": "JSON"}, "list": {"value": ["VARCHAR"]},
            "percentage": {"value": "JSON", "unit": "VARCHAR"}, "currency": {"value": "JSON", "currency": "VARCHAR"},
            "url": {"value": "JSON"}, "contacts": {"value": "JSON"}, "contact_posts": "JSON",
            "contactPosts": {"value": "JSON"}, "contact_engagements": "JSON", "contactEngagements": {"value": "JSON"},
            "json_schema": "JSON", "jsonSchema": "JSON"
        }') AS found
    FROM landed
    JOIN families ON families.question_id = landed.question_id
    WHERE landed.status = 'completed' AND landed.answer IS NOT NULL
),
chosen_values AS (
    SELECT
        *,
        CASE wanted
            WHEN 'open_text' THEN
                CASE WHEN found.open_text IS NULL THEN found.openText.value ELSE found.open_text.value END
            WHEN 'number' THEN found.number.value
            WHEN 'boolean' THEN found.boolean.value
            WHEN 'percentage' THEN found.percentage.value
            WHEN 'currency' THEN found.currency.value
            WHEN 'url' THEN found.url.value
            WHEN 'contacts' THEN found.contacts.value
            WHEN 'contact_posts' THEN CASE WHEN found.contact_posts IS NULL THEN found.contactPosts.value END
            WHEN 'contact_engagements' THEN
                CASE WHEN found.contact_engagements IS NULL THEN found.contactEngagements.value END
            WHEN 'json_schema' THEN CASE WHEN found.json_schema IS NULL THEN found.jsonSchema END
            WHEN 'choice' THEN CASE WHEN found.json_schema IS NULL THEN found.jsonSchema END
        END AS value
    FROM opened
    WHERE found.type = CASE wanted WHEN 'choice' THEN 'json_schema' ELSE wanted END
),
spelled AS (
    SELECT *, value::VARCHAR AS json_text, left(value::VARCHAR, 1) AS first_character
    FROM chosen_values
),
shapes AS MATERIALIZED (
    SELECT
        line, signal_id, subject, question_key, completed_at, confidence, question_id, wanted,
        CASE
            WHEN wanted IN ('open_text', 'url') AND first_character = '"' THEN value ->> '$'
            WHEN wanted = 'choice' AND list_contains(choices, value ->> '$.choice') THEN value ->> '$.choice'
        END AS text_value,
        CASE
            WHEN wanted IN ('number', 'percentage') AND contains('-0123456789', first_character)
                THEN finite(TRY_CAST(json_text AS DOUBLE))
        END AS number_value,
        CASE
            WHEN wanted = 'boolean' AND json_text = 'true' THEN true
            WHEN wanted = 'boolean' AND json_text = 'false' THEN false
        END AS boolean_value,
        CASE WHEN wanted = 'list' THEN list_filter(found.list.value, lambda item: item IS NOT NULL) END AS list_value,
        CASE
            WHEN wanted = 'currency' AND contains('-0123456789', first_character)
                THEN TRY_CAST(json_text AS DECIMAL(38, 4))
        END AS money_value,
        CASE WHEN wanted = 'percentage' THEN found.percentage.unit END AS unit,
        CASE WHEN wanted = 'currency' THEN trim(found.currency.currency) END AS currency,
        CASE
            WHEN wanted = 'json_schema' AND first_character = '{' THEN value
            WHEN wanted IN ('contacts', 'contact_posts', 'contact_engagements') AND first_character = '['
                AND holds_objects(value) THEN value
        END AS nested_value
    FROM spelled
)
SELECT
    * REPLACE (CASE WHEN length(currency) = 3 THEN upper(currency) ELSE currency END AS currency),
    true AS is_typed
FROM shapes
WHERE
    text_value IS NOT NULL OR number_value IS NOT NULL OR boolean_value IS NOT NULL OR list_value IS NOT NULL
    OR money_value IS NOT NULL OR nested_value IS NOT NULL;
