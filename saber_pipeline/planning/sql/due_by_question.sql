-- How many pairs of each question are due, each counted once, whichever lists it is in.
SELECT q.question_key, count(*) AS pairs
FROM planned AS p
JOIN questions_by_number AS q USING (q)
WHERE p.status = 'due'
GROUP BY q.question_key;
