-- Some of the pairs that a run could not answer, and why.
-- In: outcomes_of_run, list_members(list, subject), asked_lists(list), and the warehouse's signals and refusals.
-- The pairs to show are chosen first, so that the reasons of all others are never read.
WITH first_pairs AS (
    SELECT
        member.list, pair.question_key,
        arg_min(
            {'question_id': pair.question_id, 'subject': pair.subject, 'outcome': pair.outcome}, pair.subject, $most
        ) AS pairs
    FROM outcomes_of_run AS pair
    JOIN list_members AS member USING (subject)
    WHERE pair.outcome IN ('failed', 'refused') AND member.list IN (SELECT list FROM asked_lists)
    GROUP BY member.list, pair.question_key
),
unanswered AS (
    SELECT list, question_key, unnest(pairs, recursive := true) FROM first_pairs
),
failures AS (
    SELECT
        question_id, subject,
        arg_max({'said': coalesce(signal.error, signal.error_code)}, coalesce(signal.completed_at, signal.created_at)).said
            AS said
    FROM signals AS signal
    SEMI JOIN unanswered USING (question_id, subject)
    WHERE signal.status <> 'completed'
    GROUP BY ALL
)
SELECT
    pair.list, pair.question_key, pair.subject, pair.outcome,
    coalesce(CASE WHEN pair.outcome = 'refused' THEN refused.reason END, failed.said, 'no reason given') AS reason
FROM unanswered AS pair
LEFT JOIN failures AS failed USING (question_id, subject)
LEFT JOIN refusals AS refused USING (question_id, subject)
ORDER BY pair.list, pair.question_key, pair.subject;
