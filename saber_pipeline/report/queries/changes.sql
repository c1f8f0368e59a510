-- What changed by the run that bought last, newest first.
WITH last_run AS (
    SELECT min(submitted_at) AS began FROM batches WHERE run_id = (SELECT arg_max(run_id, submitted_at) FROM batches)
)
SELECT question_key, subject, kind, old_value, new_value, strftime(changed_at, '%Y-%m-%d %H:%M') AS changed_utc
FROM answer_changes
WHERE changed_at >= (SELECT began FROM last_run) - INTERVAL 1 MINUTE
ORDER BY changed_at DESC, question_key, subject;
