-- Each two questions of one answer type, over the companies that both know: how often they say the same, and which is right.
-- Truth about either of them counts for both: who compares two questions asks the same with other words.
-- Each two questions about companies with the same answer type, over the companies for which both are known: two wordings side by side. Truth about one question counts for both.
CREATE OR REPLACE VIEW main.question_comparison AS
WITH pairs AS (
    SELECT
        unnest(${firsts}::VARCHAR[]) AS question_a, unnest(${seconds}::VARCHAR[]) AS question_b,
        unnest(${tolerances}::DOUBLE[]) AS tolerance
),
newest AS (
    SELECT
        subject, question_key,
        arg_max(
            signal_id, {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}
        ) AS signal_id
    FROM main.signals
    WHERE
        status = 'completed'
        AND subject_type = 'company'
        AND question_key IN (SELECT question_a FROM pairs UNION ALL SELECT question_b FROM pairs)
    GROUP BY subject, question_key
),
known AS (
    SELECT newest.subject, newest.question_key, answers.*
    FROM newest
    JOIN (
        ${answers}
    ) AS answers ON answers.signal_id = newest.signal_id
),
told AS (
    SELECT pairs.question_a, pairs.question_b, truth.*
    FROM pairs
    JOIN (
        ${truth}
    ) AS truth ON truth.question_key IN (pairs.question_a, pairs.question_b)
    QUALIFY row_number() OVER (
        PARTITION BY pairs.question_a, pairs.question_b, truth.domain
        ORDER BY truth.question_key = pairs.question_a DESC
    ) = 1
),
compared AS (
    SELECT
        pairs.question_a, pairs.question_b,
        ${agreement} AS agreement,
        CASE WHEN told.domain IS NOT NULL THEN ${verdict_a} END AS verdict_a,
        CASE WHEN told.domain IS NOT NULL THEN ${verdict_b} END AS verdict_b
    FROM pairs
    JOIN known AS a ON a.question_key = pairs.question_a
    JOIN known AS b ON b.question_key = pairs.question_b AND b.subject = a.subject
    LEFT JOIN told
        ON told.question_a = pairs.question_a AND told.question_b = pairs.question_b AND told.domain = a.subject
)
SELECT
    pairs.question_a,  -- Key of the question that comes first in questions.yaml.
    pairs.question_b,  -- Key of the other one.
    count(compared.agreement) AS both_known,  -- Companies about which both have a known answer.
    count(*) FILTER (compared.agreement = 'correct') AS agree,  -- Of these, companies with equal answers.
    count(*) FILTER (compared.agreement = 'wrong') AS differ,  -- Of these, companies with different answers; answers in other currencies or units count in neither.
    round(agree / nullif(agree + differ, 0), 4)::DOUBLE AS agreement,  -- agree / (agree + differ), 0 to 1.
    count(*) FILTER (compared.verdict_a <> 'not_comparable' AND compared.verdict_b <> 'not_comparable') AS checked,  -- Companies known to both whose truth both can be compared with.
    count(*) FILTER (compared.verdict_a = 'correct' AND compared.verdict_b <> 'not_comparable') AS correct_a,  -- Of these, companies for which question_a is right.
    count(*) FILTER (compared.verdict_b = 'correct' AND compared.verdict_a <> 'not_comparable') AS correct_b,  -- Of these, companies for which question_b is right.
    round(correct_a / nullif(checked, 0), 4)::DOUBLE AS accuracy_a,  -- correct_a / checked, 0 to 1.
    round(correct_b / nullif(checked, 0), 4)::DOUBLE AS accuracy_b  -- correct_b / checked, 0 to 1.
FROM pairs
LEFT JOIN compared ON compared.question_a = pairs.question_a AND compared.question_b = pairs.question_b
GROUP BY pairs.question_a, pairs.question_b
ORDER BY pairs.question_a, pairs.question_b
