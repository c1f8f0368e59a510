-- The plan per list and question. A subject in two lists counts in each of them.
WITH members AS (
    SELECT d.list, s.s
    FROM list_members AS d
    JOIN subjects_by_number AS s ON s.subject = d.subject
    WHERE d.list IN (SELECT list FROM asked_lists)
)
SELECT d.list, q.question_key, p.status, p.due_because, count(*) AS pairs
FROM planned AS p
JOIN members AS d ON d.s = p.s
JOIN questions_by_number AS q ON q.q = p.q
GROUP BY d.list, q.question_key, p.status, p.due_because
ORDER BY d.list, q.question_key, p.status, p.due_because;
