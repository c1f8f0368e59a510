-- The accounts per list and question. A subject in two lists counts in each of them.
SELECT
    d.list, a.question_key, a.outcome, count(*) AS pairs, count(*) FILTER (a.is_untyped) AS untyped,
    count(*) FILTER (a.is_mismatch) AS mismatches, count(*) FILTER (a.is_unreadable) AS unreadable,
    count(*) FILTER (a.is_beyond_budget) AS beyond_budget
FROM outcomes_of_run AS a
JOIN list_members AS d ON d.subject = a.subject
WHERE d.list IN (SELECT list FROM asked_lists)
GROUP BY d.list, a.question_key, a.outcome;
