-- Companies that are held back from gated questions: a letter for each question, in the order of questions.yaml.
CREATE OR REPLACE TEMP TABLE now_held_back AS
SELECT s.subject, concat(${letters}) AS verdicts
FROM verdicts AS v
JOIN subjects_by_number AS s ON s.s = v.s
WHERE NOT (${all_true});
