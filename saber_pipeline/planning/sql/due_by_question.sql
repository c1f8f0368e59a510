-- The number of due pairs of each question. A pair counts once, however many lists contain it.
SELECT q.question_key, count(*) AS pairs
FROM planned AS p
JOIN questions_by_number AS q USING (q)
WHERE p.status = 'due'
GROUP BY q.question_key;
