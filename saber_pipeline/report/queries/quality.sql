-- How much of each question is known, and how much of what can be checked is right.
SELECT
    question_key, asked, known, round(100 * known / nullif(asked, 0), 1) AS percent_known, truths, checked, correct, wrong,
    not_comparable, round(100 * accuracy, 1) AS percent_right, round(100 * expected_accuracy, 1) AS percent_expected
FROM question_quality
ORDER BY percent_right NULLS LAST, percent_known, question_key;
