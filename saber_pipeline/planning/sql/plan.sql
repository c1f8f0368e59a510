-- The status of every pair of the selection, from what is known about it.
-- In:  asked_lists(list), asked_questions(question_id, question_key, max_age_seconds, max_age_degraded_seconds),
--      open_pairs(question_id, subject), earlier_identities(question_key, question_id),
--      cache_twins(question_id, twin_id): questions that the API's cache takes for each other,
--      list_members(list, subject), sampled(subject) where plan_is_sampled, and signals and refusals of the warehouse.
-- Out: plan(question_id, question_key, subject, status, due_because, is_cached, known_signal_id, known_created_at).
-- Variables: plan_now: the time of the plan. plan_cache_seconds: how long the API serves an answer from its cache.
-- plan_stuck_seconds: the age at which a signal that has not ended, in whatever state, counts as failed.
-- plan_is_forced: everything that is not in flight is due, except signals made since plan_forced_since (NULL: none).
-- plan_linkedin_since: since when the account is known to be connected to LinkedIn (NULL: it is not known to be).
-- plan_linkedin_is_told: whether the API reported that at all. Failures while connected are retried like others.
-- A completed signal with an answer has answer_typed (true or false); answer_json would be read and unpacked whole.
-- Pairs are numbers (q, s) until names are needed, because 10,000,000 of them are joined several times.
CREATE OR REPLACE TEMP TABLE questions_by_number AS
SELECT
    (row_number() OVER (ORDER BY question_id) - 1)::USMALLINT AS q,
    question_id, question_key,
    getvariable('plan_now') - to_seconds(greatest(max_age_seconds, getvariable('plan_cache_seconds'))) AS young_from,
    getvariable('plan_now') - to_seconds(greatest(max_age_degraded_seconds, getvariable('plan_cache_seconds')))
        AS degraded_young_from
FROM asked_questions;

CREATE OR REPLACE TEMP TABLE subjects_by_number AS
SELECT (row_number() OVER (ORDER BY subject) - 1)::UINTEGER AS s, subject
FROM (SELECT DISTINCT subject FROM list_members WHERE list IN (SELECT list FROM asked_lists))
WHERE NOT getvariable('plan_is_sampled') OR subject IN (SELECT subject FROM sampled);

-- The pairs with an answer young enough. The newest answer counts; nearly all pairs have one answer.
-- Two statements, a join and then a count: in one, 5,000,000 pairs take more than 200 MB of DuckDB 2.0.1.
CREATE OR REPLACE TEMP TABLE young_signals AS
SELECT
    q.q, s.s, n.signal_id, n.created_at,
    n.answer_typed IS NOT NULL AS is_known,
    coalesce(n.completed_at, n.created_at, n.landed_at) AS ended_at
FROM signals AS n
JOIN questions_by_number AS q ON q.question_id = n.question_id
JOIN subjects_by_number AS s ON s.subject = n.subject
WHERE
    n.status = 'completed'
    AND coalesce(n.completed_at, n.created_at, n.landed_at)
        > CASE WHEN n.degraded THEN q.degraded_young_from ELSE q.young_from END;

CREATE OR REPLACE TEMP TABLE young AS
WITH pairs AS (
    SELECT q, s, count(*) AS signals, any_value(is_known) AS is_known, max(ended_at) AS ended_at
    FROM young_signals
    GROUP BY q, s
)
SELECT q, s, is_known, ended_at FROM pairs WHERE signals = 1
UNION ALL
SELECT
    q, s,
    arg_max(is_known, {'ended_at': ended_at, 'created_at': created_at, 'signal_id': signal_id}),
    max(ended_at)
FROM young_signals
WHERE (q, s) IN (SELECT (q, s) FROM pairs WHERE signals > 1)
GROUP BY q, s;
DROP TABLE temp.young_signals;

-- Other signals of pairs: older answers, failures, and signals still processing.
CREATE OR REPLACE TEMP TABLE others AS
WITH relevant AS (
    SELECT
        q.q, s.s, n.signal_id, n.status, n.error_code, n.created_at,
        coalesce(n.status IN ('completed', 'failed'), false) AS is_done,
        coalesce(n.created_at, n.landed_at) AS made_at,
        n.answer_typed IS NOT NULL AS is_known,
        coalesce(n.completed_at, n.created_at, n.landed_at) AS ended_at
    FROM signals AS n
    JOIN questions_by_number AS q ON q.question_id = n.question_id
    JOIN subjects_by_number AS s ON s.subject = n.subject
    WHERE
        n.status IS DISTINCT FROM 'completed'
        OR coalesce(n.completed_at, n.created_at, n.landed_at)
            <= CASE WHEN n.degraded THEN q.degraded_young_from ELSE q.young_from END
)
SELECT * FROM relevant ANTI JOIN young USING (q, s);

CREATE OR REPLACE TEMP TABLE completed AS
SELECT
    q, s, max(ended_at) AS ended_at,
    arg_max(is_known, {'ended_at': ended_at, 'created_at': created_at, 'signal_id': signal_id}) AS is_known
FROM others
WHERE status = 'completed'
GROUP BY q, s;

-- The pairs that failed after their last answer: the signal of the last failure, and the time of the retry.
CREATE OR REPLACE TEMP TABLE retries AS
WITH failures AS (
    SELECT
        r.q, r.s,
        count(*) AS failures,
        max(r.ended_at) AS ended_at,
        arg_max({'code': r.error_code, 'signal_id': r.signal_id}, r.ended_at) AS last  -- also where it has no code
    FROM (
        SELECT q, s, signal_id, error_code, ended_at FROM others WHERE status = 'failed'
        UNION ALL
        SELECT q, s, signal_id, NULL, made_at + to_seconds(getvariable('plan_stuck_seconds'))
        FROM others
        WHERE NOT is_done AND made_at + to_seconds(getvariable('plan_stuck_seconds')) <= getvariable('plan_now')
    ) AS r
    LEFT JOIN completed AS c USING (q, s)
    WHERE c.ended_at IS NULL OR r.ended_at > c.ended_at
    GROUP BY r.q, r.s
)
SELECT
    q, s, ended_at, last.code AS error_code, last.signal_id AS signal_id,
    CASE
        WHEN last.code IN ('VALIDATION_ERROR', 'UNREADABLE_REPLY') THEN TIMESTAMP 'infinity'
        -- At once, whatever the clocks say about the failure; the guard makes sure that there are credits now.
        WHEN is_about_credits(last.code) THEN TIMESTAMP 'epoch'
        WHEN last.code = 'LINKEDIN_RATE_LIMIT_EXCEEDED' THEN ended_at + INTERVAL 1 DAY
        WHEN last.code = 'LINKEDIN_CONNECTOR_REQUIRED' AND getvariable('plan_linkedin_since') > ended_at THEN ended_at
        WHEN last.code = 'LINKEDIN_CONNECTOR_REQUIRED' AND getvariable('plan_linkedin_since') IS NULL THEN
            CASE
                WHEN getvariable('plan_linkedin_is_told') THEN TIMESTAMP 'infinity'
                ELSE ended_at + INTERVAL 30 DAY  -- the API does not report whether the user has connected meanwhile
            END
        ELSE ended_at + to_days(least(30, 1 << least(failures - 1, 5))::INTEGER)
    END AS retry_at
FROM failures;

CREATE OR REPLACE TEMP TABLE planned AS
WITH changed AS (
    SELECT DISTINCT q.q, s.s
    FROM signals AS n
    JOIN earlier_identities AS e USING (question_id)
    JOIN questions_by_number AS q ON q.question_key = e.question_key
    JOIN subjects_by_number AS s ON s.subject = n.subject
),
refused AS (
    SELECT q.q, s.s, r.refused_at
    FROM refusals AS r
    JOIN questions_by_number AS q ON q.question_id = r.question_id
    JOIN subjects_by_number AS s ON s.subject = r.subject
),
-- The pairs for which the API would serve the answer to another question, of which the cache cannot tell this one.
-- Those whose twin is in the ledger are found when they are claimed (force_twins).
twins AS (
    SELECT DISTINCT q.q, s.s
    FROM signals AS n
    JOIN cache_twins AS t ON t.twin_id = n.question_id
    JOIN questions_by_number AS q ON q.question_id = t.question_id
    JOIN subjects_by_number AS s ON s.subject = n.subject
    WHERE coalesce(n.completed_at, n.created_at, n.landed_at)
        > getvariable('plan_now') - to_seconds(getvariable('plan_cache_seconds'))
),
refreshed AS (
    SELECT DISTINCT q.q, s.s
    FROM signals AS n
    JOIN questions_by_number AS q ON q.question_id = n.question_id
    JOIN subjects_by_number AS s ON s.subject = n.subject
    WHERE getvariable('plan_is_forced') AND n.created_at >= getvariable('plan_forced_since')
),
open AS (
    SELECT q.q, s.s
    FROM open_pairs AS o
    JOIN questions_by_number AS q USING (question_id)
    JOIN subjects_by_number AS s USING (subject)
),
-- The pairs about which anything is known.
known AS (
    SELECT
        q, s,
        bool_or(is_open) AS is_open,
        any_value(young_known) AS young_known,
        any_value(old_known) AS old_known,
        any_value(completed_at) AS completed_at,
        any_value(failed_at) AS failed_at,
        any_value(retry_at) AS retry_at,
        bool_or(has_changed) AS has_changed,
        any_value(refused_at) AS refused_at,
        bool_or(has_twin) AS has_twin,
        bool_or(is_refreshed) AS is_refreshed
    FROM (
        SELECT q, s, true AS is_open FROM open
        UNION ALL BY NAME SELECT q, s, is_known AS old_known, ended_at AS completed_at FROM completed
        UNION ALL BY NAME SELECT q, s, ended_at AS failed_at, retry_at FROM retries
        UNION ALL BY NAME SELECT q, s, true AS has_changed FROM changed
        UNION ALL BY NAME SELECT q, s, refused_at FROM refused
        UNION ALL BY NAME SELECT q, s, true AS has_twin FROM twins
        UNION ALL BY NAME SELECT q, s, true AS is_refreshed FROM refreshed
        UNION ALL BY NAME
        SELECT q, s, is_known AS young_known, ended_at AS completed_at
        FROM young
        SEMI JOIN (
            FROM open UNION ALL FROM changed UNION ALL SELECT q, s FROM refused UNION ALL FROM refreshed
            UNION ALL FROM twins
        ) USING (q, s)
    )
    GROUP BY q, s
),
decided AS (
    SELECT
        q, s,
        CASE
            WHEN is_open THEN 'in_flight'
            WHEN getvariable('plan_is_forced') AND NOT coalesce(is_refreshed, false) THEN 'due'
            WHEN young_known IS NOT NULL THEN CASE WHEN young_known THEN 'owned' ELSE 'not_known' END
            WHEN retry_at > getvariable('plan_now') THEN 'failed'
            ELSE 'due'
        END AS status,
        CASE
            WHEN refused_at > coalesce(completed_at, TIMESTAMP '-infinity') THEN 'refused before'
            WHEN failed_at IS NOT NULL THEN 'failed before'
            WHEN completed_at IS NOT NULL
                THEN CASE WHEN coalesce(young_known, old_known) THEN 'too old' ELSE 'not known, too old' END
            WHEN has_changed THEN 'the question changed'
            ELSE 'missing'
        END AS due_because,
        coalesce(has_twin, false)
            OR coalesce(completed_at + to_seconds(getvariable('plan_cache_seconds')) > getvariable('plan_now'), false)
            AS is_cached
    FROM known
    UNION ALL
    SELECT
        q, s,
        CASE WHEN getvariable('plan_is_forced') THEN 'due' WHEN is_known THEN 'owned' ELSE 'not_known' END,
        'too old',
        ended_at + to_seconds(getvariable('plan_cache_seconds')) > getvariable('plan_now')
    FROM young ANTI JOIN known USING (q, s)
)
SELECT
    q, s,
    coalesce(decided.status, 'due')::ENUM ('owned', 'not_known', 'failed', 'in_flight', 'due', 'waiting', 'held_back') AS status,
    CASE
        WHEN getvariable('plan_is_forced') THEN 'its refresh is forced'
        ELSE coalesce(decided.due_because, 'missing')
    END::ENUM (
        'missing', 'refused before', 'failed before', 'too old', 'not known, too old', 'the question changed', 'its refresh is forced',
        'its ask_if is false', 'its ask_if is unknown', 'the question before it has an answer', 'the question before it has no answer'
    ) AS due_because,
    coalesce(decided.is_cached, false) AS is_cached
FROM (SELECT q, s FROM questions_by_number CROSS JOIN subjects_by_number)
LEFT JOIN decided USING (q, s);

-- The newest signal, whatever its status, of each pair that will get a newer one. Only pairs in flight and pairs with an
-- older answer or a failure can have one; if forced, also pairs with a young answer. These few pairs are joined by their
-- names, because otherwise every signal would have to be numbered again.
CREATE OR REPLACE TEMP TABLE known_signals AS
WITH perhaps AS (
    SELECT p.q, p.s, q.question_id, s.subject
    FROM planned AS p
    JOIN questions_by_number AS q USING (q)
    JOIN subjects_by_number AS s USING (s)
    SEMI JOIN (
        SELECT q, s FROM others
        UNION ALL
        SELECT q, s FROM young WHERE getvariable('plan_is_forced')
        UNION ALL
        SELECT q.q, s.s
        FROM open_pairs AS o
        JOIN questions_by_number AS q USING (question_id)
        JOIN subjects_by_number AS s USING (subject)
    ) AS older ON older.q = p.q AND older.s = p.s
    WHERE p.status IN ('in_flight', 'due')
)
SELECT
    p.q, p.s,
    arg_max(n.signal_id, {
        'ended_at': coalesce(n.completed_at, n.created_at, n.landed_at), 'created_at': n.created_at,
        'signal_id': n.signal_id
    }) AS signal_id,
    max(n.created_at) AS created_at
FROM signals AS n
JOIN perhaps AS p ON p.question_id = n.question_id AND p.subject = n.subject
GROUP BY p.q, p.s;

CREATE OR REPLACE TEMP VIEW plan AS
SELECT
    q.question_id, q.question_key, s.subject, p.status, p.due_because, p.is_cached,
    k.signal_id AS known_signal_id, k.created_at AS known_created_at
FROM planned AS p
JOIN questions_by_number AS q USING (q)
JOIN subjects_by_number AS s USING (s)
LEFT JOIN known_signals AS k USING (q, s);
