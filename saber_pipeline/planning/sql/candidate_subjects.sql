-- The pairs that candidates.sql gives, as a JSON list of subjects for each question; of the subjects with the numbers
-- $first to $last alone, because all lists of a grouping are held together.
SELECT q.question_id, to_json(list(s.subject))::VARCHAR
FROM planned AS p
JOIN questions_by_number AS q USING (q)
JOIN subjects_by_number AS s USING (s)
ANTI JOIN skipped_pairs AS u ON u.question_id = q.question_id AND u.subject = s.subject
WHERE p.status IN (SELECT unnest($statuses::VARCHAR[])) AND p.s BETWEEN $first AND $last
GROUP BY q.question_id;
