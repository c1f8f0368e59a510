-- Each thing that is known to be true beside the newest answer about it. What was reviewed plays no part here: what is
-- judged is the question, not what people made of its answers.
-- Facts from truth/*.csv beside the newest answer of the same company and question.
CREATE OR REPLACE VIEW main.answer_checks AS
WITH told AS (
    ${truth}
),
newest AS (
    SELECT
        subject, question_key,
        arg_max(
            {
                'signal_id': signal_id, 'is_known': answer_typed IS NOT NULL, 'confidence': confidence,
                'completed_at': completed_at
            },
            {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}
        ) AS answer
    FROM main.signals
    WHERE
        status = 'completed'
        AND subject_type = 'company'
        AND (subject, question_key) IN (SELECT (domain, question_key) FROM main.truth)
    GROUP BY subject, question_key
),
answers AS (
    ${answers}
),
rules AS (
    SELECT unnest(${keys}::VARCHAR[]) AS question_key, unnest(${tolerances}::DOUBLE[]) AS tolerance
)
SELECT
    told.domain,  -- Company domain (lower case, ASCII).
    told.question_key,  -- Key in questions.yaml.
    told.value AS expected,  -- The true value, as text.
    said.value,  -- The newest answer as text, as the API gave it: reviews do not change it.
    CASE
        WHEN newest.answer IS NULL THEN 'not_answered'
        WHEN NOT newest.answer.is_known THEN 'not_known'
        WHEN said.signal_id IS NULL THEN 'not_comparable'
        ELSE ${verdict}
    END AS verdict,  -- correct, wrong, not_comparable (another currency or unit, or an answer that does not fit its type), not_known, or not_answered.
    newest.answer.confidence AS confidence,  -- The API's confidence in the answer, 0 to 1.
    newest.answer.completed_at AS completed_at,  -- When the API finished the answer, UTC.
    newest.answer.signal_id AS signal_id,  -- The signal; joins to signals and sources.
    told.file,  -- The file that says what is true.
    told.line  -- Its line there, counted from 1.
FROM told
JOIN rules ON rules.question_key = told.question_key
LEFT JOIN newest ON newest.subject = told.domain AND newest.question_key = told.question_key
LEFT JOIN answers AS said ON said.signal_id = newest.answer.signal_id
