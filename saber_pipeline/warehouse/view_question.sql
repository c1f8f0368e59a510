CREATE VIEW questions.${view} AS
SELECT answer.subject, ${columns}, answer.confidence, answer.completed_at, answer.signal_id
FROM (${source}) AS answer
WHERE answer.question_key = ${key} AND answer.signal_id IN (
    SELECT signal_id
    FROM (
        SELECT
            signal_id,
            row_number() OVER (
                PARTITION BY subject
                ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
            ) AS place
        FROM main.signals
        WHERE status = 'completed' AND question_key = ${key}
    ) AS ranked
    WHERE place = 1
)
${ordering}
