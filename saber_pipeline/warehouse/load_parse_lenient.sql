-- One more row in coerced for each completed signal of the piece with an answer that load_parse_exact left: the value in
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
        landed.completedAt AS completed_at,
        finite(TRY_CAST(landed.confidence AS DOUBLE)) AS confidence,
        landed.question_id,
        catalog.choices,
        landed.answer,
        CASE
            WHEN json_type(landed.answer) = 'OBJECT' THEN landed.answer ->> '$$.type'
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
        ${payloads}
        WHEN ${holds_value} OR json_type(payload) <> 'OBJECT' THEN payload
        ELSE member(payload, 'value')
    END AS value,
    ${seconds}
FROM payloads;

INSERT INTO coerced BY NAME
WITH scalars AS (
    SELECT
        *,
        json_type(value) AS kind,
        CASE WHEN json_type(value) NOT IN ('ARRAY', 'OBJECT') THEN value ->> '$$' END AS scalar,
        given IN (${nested}) AND wanted NOT IN (${nested}, ${in_other_words}) AS is_other
    FROM spelled
),
numbers AS (
    SELECT
        *,
        CASE
            WHEN wanted IN (${numeric}) AND kind <> 'BOOLEAN' THEN plain_number(scalar)
        END AS digits
    FROM scalars
    WHERE kind IS DISTINCT FROM 'NULL'  -- a null inside the answer says as little as a null answer: it is not known
),
shapes AS (
    SELECT
        * EXCLUDE (${second_columns}, kind, scalar, digits, choices),
        ${stored},
        ${shapes}
    FROM numbers
)
SELECT
    * EXCLUDE (value, given, is_other),
    coalesce(NOT is_other AND (${has_value}), false) AS is_typed
FROM shapes;

DROP TABLE temp.payloads;
DROP TABLE temp.spelled;
