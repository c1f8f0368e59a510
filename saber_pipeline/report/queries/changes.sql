-- What changed by the run that bought last, newest first.
WITH last_run AS (
    SELECT min(submitted_at) AS began FROM batches WHERE run_id = (SELECT arg_max(run_id, submitted_at) FROM batches)
),
memberships AS (
    SELECT subject, list(DISTINCT "list" ORDER BY "list") AS lists
    FROM (
        SELECT domain AS subject, "list" FROM domains
        UNION ALL
        SELECT contact_profile_url, "list" FROM contact_profiles
    )
    GROUP BY subject
)
SELECT
    change.subject, change.question_key, change.kind, change.old_value, change.new_value,
    strftime(change.changed_at, '%Y-%m-%d %H:%M') AS changed_utc, memberships.lists
FROM answer_changes AS change
LEFT JOIN memberships ON memberships.subject = change.subject
WHERE change.changed_at >= (SELECT began FROM last_run) - INTERVAL 1 MINUTE
ORDER BY change.changed_at DESC, change.question_key, change.subject;
