-- Which companies are held back from which gated questions, a letter for each in the order of the file.
CREATE OR REPLACE TEMP TABLE now_held_back AS
SELECT s.subject, concat(${letters}) AS verdicts
FROM verdicts AS v
JOIN subjects_by_number AS s ON s.s = v.s
WHERE NOT (${all_true});
