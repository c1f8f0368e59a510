-- The companies for which the newest answer to one question has another verdict than the one before; a branch of the view review_queue.
UNION ALL
SELECT subject, ${key}, now_verdict, earlier_verdict
FROM (
    SELECT
        subject,
        max(CASE WHEN place = 1 THEN verdict END) AS now_verdict,
        max(CASE WHEN place = 2 THEN verdict END) AS earlier_verdict
    FROM (
        SELECT answer.subject, answer.place, ${verdicts}[CASE ${tests} END] AS verdict
        FROM (
            SELECT ranked.subject, ranked.place, typed.value
            FROM (
                SELECT
                    subject, signal_id,
                    row_number() OVER (
                        PARTITION BY subject
                        ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
                    ) AS place
                FROM main.signals
                WHERE status = 'completed' AND question_key = ${key}
                QUALIFY place <= 2
            ) AS ranked
            LEFT JOIN main.${table} AS typed ON typed.signal_id = ranked.signal_id AND typed.question_key = ${key}
        ) AS answer
    )
    GROUP BY subject
)
WHERE earlier_verdict IS NOT NULL AND earlier_verdict IS DISTINCT FROM now_verdict
