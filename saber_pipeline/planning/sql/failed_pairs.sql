-- Pairs of the plan whose last attempt failed, by question and reason: their number, and the times of their retries.
-- In: planned and retries, as plan.sql leaves them, and signals.
WITH failed AS (
    SELECT r.q, r.error_code, r.signal_id, r.retry_at
    FROM retries AS r
    JOIN planned AS p USING (q, s)
    WHERE p.status = 'failed' OR (p.status = 'due' AND p.due_because = 'failed before')
)
SELECT
    q.question_key,
    CASE WHEN n.status = 'failed' THEN coalesce(f.error_code, 'no code') ELSE 'no answer' END AS reason,
    mode(n.error) AS message,
    mode(n.error_action) AS error_action,
    count(*) AS pairs,
    count(*) FILTER (f.retry_at <= getvariable('plan_now')) AS due,
    min(f.retry_at) FILTER (f.retry_at > getvariable('plan_now') AND isfinite(f.retry_at)) AS first_retry,
    max(f.retry_at) FILTER (f.retry_at > getvariable('plan_now') AND isfinite(f.retry_at)) AS last_retry,
    count(*) FILTER (NOT isfinite(f.retry_at)) AS never
FROM failed AS f
JOIN signals AS n USING (signal_id)
JOIN questions_by_number AS q ON q.q = f.q
GROUP BY q.question_key, reason
ORDER BY q.question_key, pairs DESC, reason;
