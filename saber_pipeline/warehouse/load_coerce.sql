-- One more row in coerced for each completed signal of the piece with an answer that load_usual left: the value in
-- every shape its wanted type may take. wanted is the type the question asks for, given the one the answer has.
-- They may differ where the value can only mean one thing; nested types must agree.
-- In steps, because each JSON function of a step holds what it parsed until the step ends.
CREATE OR REPLACE TEMP TABLE payloads AS
WITH typed AS (
    SELECT
        landed.rowid AS line,
        landed.id AS signal_id,
        subject_of(landed.subject_bought, landed.signalType, landed.domain, landed.contactProfileUrl) AS subject,
        catalog.question_key,
        utc_time(landed.completedAt) AS completed_at,
        TRY_CAST(landed.confidence AS DOUBLE) AS confidence,
        landed.question_id,
        catalog.choices,
        landed.answer,
        CASE
            WHEN json_type(landed.answer) = 'OBJECT' THEN landed.answer ->> '$.type'
        END AS type_given,
        coalesce(catalog.wanted, answer_family(landed.answerType)) AS type_asked
    FROM landed
    LEFT JOIN families AS catalog ON catalog.question_id = landed.question_id
    WHERE
        landed.status = 'completed' AND landed.answer IS NOT NULL
        AND landed.rowid NOT IN (SELECT line FROM coerced)
)
SELECT
    * EXCLUDE (answer, type_given, type_asked),
    coalesce(type_asked, answer_family(type_given)) AS wanted,
    coalesce(snake_case(type_given), type_asked) AS given,
    answer_payload(answer, coalesce(type_given, type_asked)) AS payload
FROM typed;

CREATE OR REPLACE TEMP TABLE spelled AS
SELECT
    * EXCLUDE (payload) REPLACE (coalesce(answer_family(given), given) AS given),
    CASE
        WHEN wanted = 'choice' THEN choice_value(payload)
        WHEN answer_family(given) = 'json_schema' OR json_type(payload) <> 'OBJECT' THEN payload
        ELSE member(payload, 'value')
    END AS value,
    CASE WHEN wanted = 'percentage' AND json_type(payload) = 'OBJECT' THEN payload ->> '$.unit' END AS unit,
    CASE WHEN wanted = 'currency' AND json_type(payload) = 'OBJECT' THEN trim(payload ->> '$.currency') END
        AS currency
FROM payloads;

INSERT INTO coerced BY NAME
WITH scalars AS (
    SELECT
        *,
        json_type(value) AS kind,
        CASE WHEN json_type(value) NOT IN ('ARRAY', 'OBJECT') THEN value ->> '$' END AS scalar,
        wanted IN ('contacts', 'contact_posts', 'contact_engagements', 'json_schema') AS wants_nested,
        wanted <> 'choice' AND given IN ('contacts', 'contact_posts', 'contact_engagements', 'json_schema') AS is_nested
    FROM spelled
),
numbers AS (
    SELECT
        *,
        CASE
            WHEN wanted IN ('number', 'percentage', 'currency') AND kind <> 'BOOLEAN' THEN plain_number(scalar)
        END AS digits
    FROM scalars
),
shapes AS (
    SELECT
        * EXCLUDE (unit, currency, kind, scalar, digits, choices),
        CASE
            WHEN wanted = 'open_text' THEN scalar
            WHEN wanted = 'choice' THEN chosen(scalar, choices)
            WHEN wanted = 'url' AND (given = 'url' OR regexp_full_match(scalar, 'https?://\S+')) AND kind = 'VARCHAR'
                THEN scalar
        END AS text_value,
        CASE WHEN wanted <> 'currency' THEN finite(TRY_CAST(digits AS DOUBLE)) END AS number_value,
        CASE
            WHEN wanted = 'boolean' AND lower(trimmed(scalar)) IN ('true', 'yes') THEN true
            WHEN wanted = 'boolean' AND lower(trimmed(scalar)) IN ('false', 'no') THEN false
        END AS boolean_value,
        CASE
            WHEN wanted = 'list' AND kind = 'ARRAY'
                THEN list_filter(json_transform(value, '["VARCHAR"]'), lambda item: item IS NOT NULL)
            WHEN wanted = 'list' AND scalar IS NOT NULL THEN [scalar]
        END AS list_value,
        CASE
            WHEN wanted = 'currency' AND NOT contains(scalar, '%') THEN TRY_CAST(digits AS DECIMAL(38, 4))
        END AS money_value,
        coalesce(unit, CASE WHEN contains(scalar, '%') THEN '%' END) AS unit,
        CASE WHEN length(currency) = 3 THEN upper(currency) ELSE currency END AS currency,
        CASE
            WHEN given <> wanted THEN NULL
            WHEN wanted = 'json_schema' AND kind = 'OBJECT' THEN value
            WHEN wanted <> 'json_schema' AND wants_nested AND kind = 'ARRAY' THEN value
        END AS nested_value
    FROM numbers
)
SELECT
    * EXCLUDE (value, given, wants_nested, is_nested),
    coalesce(
        CASE
            WHEN wants_nested THEN
                nested_value IS NOT NULL
                AND (wanted = 'json_schema' OR holds_objects(nested_value))
            WHEN is_nested THEN false
            ELSE coalesce(
                text_value IS NOT NULL OR number_value IS NOT NULL OR boolean_value IS NOT NULL
                OR list_value IS NOT NULL OR money_value IS NOT NULL, false
            )
        END,
        false
    ) AS is_typed
FROM shapes;

DROP TABLE temp.payloads;
DROP TABLE temp.spelled;
