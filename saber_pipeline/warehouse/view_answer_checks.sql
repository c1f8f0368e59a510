-- Each thing that is known to be true beside the newest answer about it. What was reviewed plays no part here: what is
-- judged is the question, not what people made of its answers.
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
    told.domain,
    told.question_key,
    told.value AS expected,
    said.value,
    CASE
        WHEN newest.answer IS NULL THEN 'not_answered'
        WHEN NOT newest.answer.is_known THEN 'not_known'
        WHEN said.signal_id IS NULL THEN 'not_comparable'
        ELSE ${verdict}
    END AS verdict,
    newest.answer.confidence AS confidence,
    newest.answer.completed_at AS completed_at,
    newest.answer.signal_id AS signal_id,
    told.file,
    told.line
FROM told
JOIN rules ON rules.question_key = told.question_key
LEFT JOIN newest ON newest.subject = told.domain AND newest.question_key = told.question_key
LEFT JOIN answers AS said ON said.signal_id = newest.answer.signal_id
