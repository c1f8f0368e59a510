-- The plan per list and question. A domain in two lists counts in each of them.
SELECT d.list, p.question_key, p.status, p.due_because, count(*) AS pairs
FROM plan AS p
JOIN domains AS d ON d.domain = p.subject
WHERE d.list IN (SELECT list FROM asked_lists)
GROUP BY d.list, p.question_key, p.status, p.due_because
ORDER BY d.list, p.question_key, p.status, p.due_because;
