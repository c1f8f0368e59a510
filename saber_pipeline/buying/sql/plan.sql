-- What is known of every pair that was asked for, and so what is to be done about it.
-- In:  asked_lists(list), asked_questions(question_id, question_key, max_age_seconds),
--      open_pairs(question_id, subject), earlier_identities(question_key, question_id),
--      list_members(list, subject), and signals of the warehouse.
--      refusals, likewise.
-- $now: the time of the plan; $cache_seconds: how long the API serves an answer again;
-- $stuck_seconds: when a signal that is still processing counts as failed.
CREATE OR REPLACE TEMP TABLE plan AS
WITH subjects AS (
    SELECT DISTINCT subject FROM list_members WHERE list IN (SELECT list FROM asked_lists)
),
asked AS (
    SELECT question_id, question_key, max_age_seconds, subject FROM asked_questions CROSS JOIN subjects
),
relevant AS (
    SELECT
        question_id, subject, status, error_code, signal_id,
        answer_json IS NOT NULL AS is_known,
        coalesce(completed_at, created_at, landed_at) AS ended_at,
        created_at
    FROM signals
    WHERE question_id IN (SELECT question_id FROM asked_questions)
      AND subject IN (SELECT subject FROM subjects)
),
known AS (
    SELECT
        question_id, subject,
        arg_max(signal_id, {'ended_at': ended_at, 'created_at': created_at, 'signal_id': signal_id}) AS signal_id
    FROM relevant
    GROUP BY question_id, subject
),
completed AS (
    SELECT
        question_id, subject,
        max(ended_at) AS ended_at,
        arg_max(is_known, {'ended_at': ended_at, 'created_at': created_at, 'signal_id': signal_id}) AS is_known
    FROM relevant
    WHERE status = 'completed'
    GROUP BY question_id, subject
),
failures AS (
    SELECT
        r.question_id, r.subject,
        count(*) AS failures,
        max(r.ended_at) AS ended_at,
        arg_max({'code': r.error_code}, r.ended_at).code AS error_code  -- also where the last one has none
    FROM (
        SELECT question_id, subject, error_code, ended_at FROM relevant WHERE status = 'failed'
        UNION ALL
        SELECT question_id, subject, NULL, created_at + to_seconds($stuck_seconds)
        FROM relevant
        WHERE status = 'processing' AND created_at + to_seconds($stuck_seconds) <= $now
    ) AS r
    LEFT JOIN completed AS c USING (question_id, subject)
    WHERE c.ended_at IS NULL OR r.ended_at > c.ended_at
    GROUP BY r.question_id, r.subject
),
retries AS (
    SELECT
        *,
        CASE
            WHEN error_code = 'VALIDATION_ERROR' THEN TIMESTAMP 'infinity'
            WHEN is_about_credits(error_code) THEN ended_at  -- the guard sees to it that there are credits now
            WHEN error_code = 'LINKEDIN_RATE_LIMIT_EXCEEDED' THEN ended_at + INTERVAL 1 DAY
            ELSE ended_at + to_days(least(30, 1 << least(failures - 1, 5))::INTEGER)
        END AS retry_at
    FROM failures
),
changed AS (
    SELECT DISTINCT e.question_key, s.subject
    FROM signals AS s
    JOIN earlier_identities AS e USING (question_id)
    WHERE s.subject IN (SELECT subject FROM subjects)
)
SELECT
    a.question_id,
    a.question_key,
    a.subject,
    CASE
        WHEN o.subject IS NOT NULL THEN 'in_flight'
        WHEN c.ended_at + to_seconds(greatest(a.max_age_seconds, $cache_seconds)) > $now
            THEN CASE WHEN c.is_known THEN 'owned' ELSE 'not_known' END
        WHEN f.retry_at > $now THEN 'failed'
        ELSE 'due'
    END AS status,
    CASE
        WHEN r.refused_at > coalesce(c.ended_at, TIMESTAMP '-infinity') THEN 'refused before'
        WHEN f.ended_at IS NOT NULL THEN 'failed before'
        WHEN c.ended_at IS NOT NULL THEN CASE WHEN c.is_known THEN 'too old' ELSE 'not known, too old' END
        WHEN changed.subject IS NOT NULL THEN 'the question changed'
        ELSE 'missing'
    END AS due_because,
    coalesce(c.ended_at + to_seconds($cache_seconds) > $now, false) AS is_cached,
    k.signal_id AS known_signal_id
FROM asked AS a
LEFT JOIN open_pairs AS o USING (question_id, subject)
LEFT JOIN known AS k USING (question_id, subject)
LEFT JOIN completed AS c USING (question_id, subject)
LEFT JOIN retries AS f USING (question_id, subject)
LEFT JOIN changed ON changed.question_key = a.question_key AND changed.subject = a.subject
LEFT JOIN refusals AS r ON r.question_id = a.question_id AND r.subject = a.subject;
