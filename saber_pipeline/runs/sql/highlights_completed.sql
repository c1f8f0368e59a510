-- When the answers of a run completed: their number by second.
SELECT date_trunc('second', signal.completed_at) AS completed_at, count(*) AS answers
FROM outcomes_of_run AS pair
JOIN signals AS signal USING (question_id, subject)
WHERE pair.outcome IN ('answered', 'not_known') AND signal.status = 'completed' AND signal.completed_at >= $since
GROUP BY ALL
ORDER BY ALL;
