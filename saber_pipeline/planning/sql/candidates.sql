-- The pairs of the plan with one of these statuses, without those that this run has already skipped.
-- Each is bought for the first list that contains its subject.
WITH first_lists AS (
    SELECT subject, min(list) AS list FROM list_members WHERE list IN (SELECT list FROM asked_lists) GROUP BY subject
)
SELECT p.question_id, p.subject, p.is_cached, p.known_signal_id, epoch(p.known_created_at), f.list
FROM plan AS p
JOIN first_lists AS f ON f.subject = p.subject
ANTI JOIN skipped_pairs AS u ON u.question_id = p.question_id AND u.subject = p.subject
WHERE p.status IN (SELECT unnest(?::VARCHAR[]))
ORDER BY p.subject;
