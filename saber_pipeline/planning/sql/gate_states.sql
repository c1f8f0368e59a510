-- By subject, of the questions that wait or are waited for: is the pair on its way or to be bought, and is it due?
CREATE OR REPLACE TEMP TABLE gate_states AS
SELECT p.s${states}
FROM planned AS p
LEFT JOIN (
    SELECT q.q, s.s
    FROM ended_pairs
    JOIN questions_by_number AS q USING (question_id)
    JOIN subjects_by_number AS s USING (subject)
) AS e ON e.q = p.q AND e.s = p.s
WHERE p.q IN (${numbers})
GROUP BY p.s;
