-- The pairs of the plan with one of these statuses that this run still has to settle: not those it left unserved already.
SELECT p.question_id, p.subject, p.is_cached, p.known_signal_id, epoch(p.known_created_at)
FROM plan AS p
ANTI JOIN unserved_pairs AS u ON u.question_id = p.question_id AND u.subject = p.subject
WHERE p.status IN (SELECT unnest(?::VARCHAR[]))
ORDER BY p.subject;
