-- The plan per list and question. A subject in two lists counts in each of them.
SELECT d.list, p.question_key, p.status, p.due_because, count(*) AS pairs
FROM plan AS p
JOIN list_members AS d ON d.subject = p.subject
WHERE d.list IN (SELECT list FROM asked_lists)
GROUP BY d.list, p.question_key, p.status, p.due_because
ORDER BY d.list, p.question_key, p.status, p.due_because;
