-- Of each list and question asked so far: how many subjects have an answer, and why the others have none.
WITH members AS (
    SELECT "list", 'company' AS subject_type, domain AS subject FROM domains
    UNION ALL
    SELECT "list", 'contact', contact_profile_url FROM contact_profiles
),
asked AS (
    SELECT DISTINCT question_key, subject_type FROM signals WHERE question_key IS NOT NULL
),
pairs AS (
    SELECT question_key, subject_type, subject, bool_or(status = 'failed') AS has_failed
    FROM signals
    GROUP BY ALL
)
SELECT
    members."list",
    asked.question_key,
    count(*) AS subjects,
    count(*) FILTER (answer.answer_json IS NOT NULL) AS answered,
    count(*) FILTER (answer.signal_id IS NOT NULL AND answer.answer_json IS NULL) AS not_known,
    count(*) FILTER (answer.signal_id IS NULL AND pairs.has_failed) AS failed,
    count(*) FILTER (answer.signal_id IS NULL AND NOT coalesce(pairs.has_failed, false)) AS missing,
    round(100 * answered / subjects, 1) AS percent_answered,
    count(*) FILTER (answer.degraded) AS degraded
FROM members
JOIN asked USING (subject_type)
LEFT JOIN latest_answers AS answer
    ON answer.question_key = asked.question_key
    AND answer.subject_type = members.subject_type
    AND answer.subject = members.subject
LEFT JOIN pairs
    ON pairs.question_key = asked.question_key
    AND pairs.subject_type = members.subject_type
    AND pairs.subject = members.subject
GROUP BY members."list", asked.question_key
ORDER BY members."list", asked.question_key;
