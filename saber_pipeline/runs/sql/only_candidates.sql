-- Nothing else than what this run had to settle from the beginning. $candidates: the Parquet file of these pairs.
DELETE FROM planned
WHERE (q, s) NOT IN (
    SELECT (q.q, s.s)
    FROM read_parquet($candidates) AS c
    JOIN questions_by_number AS q ON q.question_id = c.question_id
    JOIN subjects_by_number AS s ON s.subject = c.subject
);
