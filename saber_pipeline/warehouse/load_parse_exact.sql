-- One row for each completed signal of the piece with an answer in the API's usual words: of the type that its
-- question asks for, under that type's key, as the JSON kind that belongs to it. One look at the answer tells all
-- of them; what is worded otherwise is left to load_parse_lenient, which would make the same of these.
CREATE OR REPLACE TEMP TABLE families AS
SELECT question_id, question_key, answer_type, choices, answer_family(answer_type) AS wanted FROM internal.question_catalog;

CREATE OR REPLACE TEMP TABLE coerced AS
WITH opened AS MATERIALIZED (  -- else each filter below would open every answer again
    SELECT
        landed.rowid AS line,
        landed.id AS signal_id,
        subject_of(landed.subject_bought, landed.signalType, landed.domain, landed.contactProfileUrl) AS subject,
        families.question_key,
        landed.completedAt AS completed_at,
        finite(TRY_CAST(landed.confidence AS DOUBLE)) AS confidence,
        landed.question_id,
        families.wanted,
        families.choices,
        json_transform(landed.answer, '{
            "type": "VARCHAR", ${members}
        }') AS found
    FROM landed
    JOIN families ON families.question_id = landed.question_id
    WHERE landed.status = 'completed' AND landed.answer IS NOT NULL
),
chosen_values AS (
    SELECT
        *,
        CASE wanted
            ${found}
        END AS value
    FROM opened
    WHERE found.type = CASE wanted ${replied} ELSE wanted END
),
spelled AS (
    SELECT *, value::VARCHAR AS json_text, left(value::VARCHAR, 1) AS first_character
    FROM chosen_values
),
shapes AS MATERIALIZED (
    SELECT
        line, signal_id, subject, question_key, completed_at, confidence, question_id, wanted,
        ${shapes},
        ${seconds}
    FROM spelled
)
SELECT
    * REPLACE (${stored}),
    true AS is_typed
FROM shapes
WHERE ${has_value};
