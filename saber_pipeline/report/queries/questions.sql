-- The text of each question, as it was asked last.
SELECT
    question_key,
    arg_max(question, coalesce(completed_at, created_at, TIMESTAMP '1970-01-01')) AS question
FROM signals
WHERE question_key IS NOT NULL AND question IS NOT NULL
GROUP BY question_key
ORDER BY question_key;
