-- The due and in-flight pairs of candidates.sql, as a JSON list of subjects for each question. Only subjects numbered
-- $first to $last, because all lists of a grouping are in memory together.
SELECT q.question_id, to_json(list(s.subject))::VARCHAR
FROM planned AS p
JOIN questions_by_number AS q USING (q)
JOIN subjects_by_number AS s USING (s)
ANTI JOIN skipped_pairs AS u ON u.question_id = q.question_id AND u.subject = s.subject
WHERE p.status IN ('due', 'in_flight') AND p.s BETWEEN $first AND $last
GROUP BY q.question_id;
