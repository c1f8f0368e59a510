-- Some of the pairs that a run could not answer, and why.
-- In: outcomes_of_run, list_members(list, subject), asked_lists(list), and the warehouse's signals and refusals.
WITH unanswered AS (
    SELECT question_id, question_key, subject, outcome FROM outcomes_of_run WHERE outcome IN ('failed', 'refused')
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
    member.list, pair.question_key, pair.subject, pair.outcome,
    coalesce(CASE WHEN pair.outcome = 'refused' THEN refused.reason END, failed.said, 'no reason given') AS reason
FROM unanswered AS pair
JOIN list_members AS member USING (subject)
LEFT JOIN failures AS failed USING (question_id, subject)
LEFT JOIN refusals AS refused USING (question_id, subject)
WHERE member.list IN (SELECT list FROM asked_lists)
QUALIFY row_number() OVER (PARTITION BY member.list, pair.question_key ORDER BY pair.subject) <= $most
ORDER BY member.list, pair.question_key, pair.subject;
