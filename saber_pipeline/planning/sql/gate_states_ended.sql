LEFT JOIN (
    SELECT q.q, s.s
    FROM ended_pairs
    JOIN questions_by_number AS q USING (question_id)
    JOIN subjects_by_number AS s USING (subject)
) AS e ON e.q = p.q AND e.s = p.s
