-- How much of each question is known, and how much of what can be checked is right.
SELECT
    question_key, asked, known, truths, checked, correct, wrong, not_comparable,
    round(100 * accuracy, 1) AS percent_right,
    round(100 * expected_accuracy, 1) AS percent_expected
FROM question_quality
WHERE truths > 0 OR expected_accuracy IS NOT NULL;
