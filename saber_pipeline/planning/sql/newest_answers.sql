-- The newest answers to one question by identity, as questions.<key> shows them once the views are up to date.
-- Nearly every subject has one answer, so replaced answers are searched only among subjects with several.
CREATE OR REPLACE TEMP VIEW ${view} AS
SELECT answer.subject, ${columns}, answer.confidence, answer.completed_at, answer.signal_id
FROM (${source}) AS answer
WHERE answer.question_id = ${question_id} AND answer.signal_id NOT IN (
    SELECT signal_id
    FROM (
        SELECT
            signal_id,
            row_number() OVER (
                PARTITION BY subject
                ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
            ) AS place
        FROM signals
        WHERE status = 'completed' AND question_id = ${question_id} AND subject IN (
            SELECT subject
            FROM signals
            WHERE status = 'completed' AND question_id = ${question_id}
            GROUP BY subject
            HAVING count(*) > 1
        )
    ) AS ranked
    WHERE place > 1
);
