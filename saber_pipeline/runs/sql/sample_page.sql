-- What a sample showed, one row per question: what the newest signals of its pairs say, whoever bought them.
-- In: page_subjects(subject), page_questions(question_id, question_key, number), signals.
WITH pairs AS (
    SELECT
        question_id, subject,
        arg_max(
            {'is_known': answer_typed IS NOT NULL, 'confidence': confidence, 'degraded': degraded},
            {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}
        ) FILTER (status = 'completed') AS completed,
        bool_or(status = 'failed') AS has_failed
    FROM signals
    WHERE
        subject IN (SELECT subject FROM page_subjects)
        AND question_id IN (SELECT question_id FROM page_questions)
    GROUP BY question_id, subject
)
SELECT
    question.question_key,
    (SELECT count(*) FROM page_subjects) AS asked,
    count(*) FILTER (pair.completed.is_known) AS answered,
    count(*) FILTER (NOT pair.completed.is_known) AS not_known,
    count(*) FILTER (pair.completed IS NULL AND pair.has_failed) AS failed,
    count(*) FILTER (pair.completed.degraded) AS degraded,
    avg(pair.completed.confidence) FILTER (pair.completed.is_known) AS confidence
FROM page_questions AS question
LEFT JOIN pairs AS pair ON pair.question_id = question.question_id
GROUP BY question.question_key, question.number
ORDER BY question.number
