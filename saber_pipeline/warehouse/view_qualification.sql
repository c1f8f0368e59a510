-- The verdicts on one question's newest answers; a branch of the view qualifications.
SELECT
    answer.subject_type,
    answer.subject,
    ${key} AS question_key,
    ${weight} AS weight,
    ${verdicts}[answer.met] AS verdict,
    CASE
        WHEN answer.met IS NOT NULL
            THEN ${subject} || ' ' || ${phrases}[answer.met]
                || coalesce('; also met: ' || nullif(concat_ws(', ', ${others}), ''), '')
        WHEN answer.answer_typed THEN ${subject} || ' matches no condition'
        WHEN answer.answer_typed IS NULL THEN 'not known'
        ELSE 'the answer cannot be read as ${answer_type}'
    END AS reason,
    ${conditions}[answer.met] AS "condition",
    ${shown} AS value,
    answer.completed_at,
    answer.signal_id
FROM (
    SELECT *, CASE ${tests} END AS met
    FROM (
        SELECT newest.*, typed.value${more}
        FROM (
            SELECT subject_type, subject, answer_typed, completed_at, signal_id
            FROM main.signals
            WHERE status = 'completed' AND question_key = ${key}
            QUALIFY row_number() OVER (
                PARTITION BY subject
                ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
            ) = 1
        ) AS newest
        LEFT JOIN main.${table} AS typed ON typed.signal_id = newest.signal_id AND typed.question_key = ${key}
        WHERE ${not_replaced}
        ${reviewed}
    ) AS answer
) AS answer
