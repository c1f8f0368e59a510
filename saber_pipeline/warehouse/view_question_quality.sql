-- One row for each question about companies: what was asked, what is known, and how much of what can be checked is right.
-- The quality of each question about companies: the known share of what was asked, and the correct share of what truth/*.csv can check.
CREATE OR REPLACE VIEW main.question_quality AS
WITH rules AS (
    SELECT
        unnest(${keys}::VARCHAR[]) AS question_key, unnest(${expected}::DOUBLE[]) AS expected_accuracy,
        unnest(${numbers}::INTEGER[]) AS number
),
pairs AS (
    SELECT
        question_key, subject,
        arg_max(
            answer_typed IS NOT NULL, {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}
        ) FILTER (status = 'completed') AS is_known
    FROM (
        SELECT question_key, subject, subject_type, status, answer_typed, completed_at, created_at, signal_id
        FROM main.signals
        UNION ALL BY NAME
        SELECT question_key, subject, 'company' AS subject_type FROM main.refusals
        UNION ALL BY NAME
        SELECT catalog.question_key, flying.subject, 'company' AS subject_type
        FROM internal.pairs_in_flight AS flying
        JOIN internal.question_catalog AS catalog ON catalog.question_id = flying.question_id
    )
    WHERE subject_type = 'company' AND question_key IN (SELECT question_key FROM rules)
    GROUP BY question_key, subject
),
asked AS (
    SELECT question_key, count(*) AS asked, count(*) FILTER (is_known) AS known
    FROM pairs
    GROUP BY question_key
),
checked AS (
    SELECT
        question_key,
        count(*) AS truths,
        count(*) FILTER (verdict IN ('correct', 'wrong')) AS checked,
        count(*) FILTER (verdict = 'correct') AS correct,
        count(*) FILTER (verdict = 'wrong') AS wrong,
        count(*) FILTER (verdict = 'not_comparable') AS not_comparable,
        count(*) FILTER (verdict = 'not_known') AS not_known
    FROM main.answer_checks
    GROUP BY question_key
)
SELECT
    rules.question_key,  -- Key in questions.yaml.
    coalesce(asked.asked, 0) AS asked,  -- Companies it was asked about.
    coalesce(asked.known, 0) AS known,  -- Companies whose newest answer is known.
    coalesce(checked.truths, 0) AS truths,  -- Companies that truth/*.csv covers.
    coalesce(checked.checked, 0) AS checked,  -- Of these, those whose newest answer can be compared with it: correct and wrong ones.
    coalesce(checked.correct, 0) AS correct,  -- Answers that agree with the truth.
    coalesce(checked.wrong, 0) AS wrong,  -- Answers that differ from the truth.
    coalesce(checked.not_comparable, 0) AS not_comparable,  -- Answers in another currency or unit, or of another type: neither right nor wrong.
    coalesce(checked.not_known, 0) AS not_known,  -- Companies with a truth whose newest answer is not known.
    round(checked.correct / nullif(checked.checked, 0), 4)::DOUBLE AS accuracy,  -- correct / checked, 0 to 1; NULL where nothing is checked.
    rules.expected_accuracy  -- The question's own expected_accuracy, NULL where it has none.
FROM rules
LEFT JOIN asked ON asked.question_key = rules.question_key
LEFT JOIN checked ON checked.question_key = rules.question_key
ORDER BY rules.number;

-- The checked answers of each question by the confidence that the API gave.
CREATE OR REPLACE VIEW main.question_quality_by_confidence AS
SELECT
    question_key,  -- Key in questions.yaml.
    CASE
        WHEN confidence IS NULL THEN 'not told'
        WHEN confidence < 0.5 THEN '0.0 to under 0.5'
        WHEN confidence < 0.7 THEN '0.5 to under 0.7'
        WHEN confidence < 0.8 THEN '0.7 to under 0.8'
        WHEN confidence < 0.9 THEN '0.8 to under 0.9'
        ELSE '0.9 to 1.0'
    END AS band,  -- The confidence: a range, or not told.
    count(*) AS checked,  -- Answers checked against truth/*.csv.
    count(*) FILTER (verdict = 'correct') AS correct,  -- Those that agree with the truth.
    count(*) FILTER (verdict = 'wrong') AS wrong,  -- Those that differ from the truth.
    round(correct / checked, 4)::DOUBLE AS accuracy  -- correct / checked, 0 to 1.
FROM main.answer_checks
WHERE verdict IN ('correct', 'wrong')
GROUP BY question_key, band
ORDER BY question_key, band
