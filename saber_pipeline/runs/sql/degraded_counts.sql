-- Pairs per list and question whose newest completed research had to do without LinkedIn, whoever asked for it.
-- In: counted_questions(question_id, question_key), asked_lists(list), list_members(list, subject), and signals.
WITH doubtful AS (
    SELECT DISTINCT question_id, subject
    FROM signals
    WHERE degraded AND status = 'completed' AND question_id IN (SELECT question_id FROM counted_questions)
),
newest AS (
    SELECT
        question_id, subject,
        arg_max(degraded, {
            'ended_at': coalesce(completed_at, created_at, landed_at), 'created_at': created_at, 'signal_id': signal_id
        }) AS is_degraded
    FROM signals
    SEMI JOIN doubtful USING (question_id, subject)
    WHERE status = 'completed'
    GROUP BY question_id, subject
)
SELECT m.list, q.question_key, count(*) AS pairs
FROM newest AS n
JOIN counted_questions AS q USING (question_id)
JOIN list_members AS m ON m.subject = n.subject
WHERE n.is_degraded AND m.list IN (SELECT list FROM asked_lists)
GROUP BY m.list, q.question_key
