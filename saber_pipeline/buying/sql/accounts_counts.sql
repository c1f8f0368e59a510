-- The accounts per list and question. A domain in two lists counts in each of them.
SELECT d.list, a.question_key, a.outcome, count(*) AS pairs, count(*) FILTER (a.is_untyped) AS untyped
FROM accounts_of_run AS a
JOIN domains AS d ON d.domain = a.subject
WHERE d.list IN (SELECT list FROM asked_lists)
GROUP BY d.list, a.question_key, a.outcome;
