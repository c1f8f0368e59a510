CREATE OR REPLACE VIEW main.latest_answers AS
SELECT ${columns}
FROM main.signals
WHERE signal_id IN (
    SELECT signal_id
    FROM (
        SELECT
            signal_id,
            row_number() OVER (
                PARTITION BY subject, question_key
                ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
            ) AS place
        FROM main.signals
        WHERE status = 'completed' AND question_key IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
