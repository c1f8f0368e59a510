-- Answers in a few words, for counting: the value, or the band of an amount. A list gives several rows.
CREATE OR REPLACE VIEW main.answer_values AS
${counted}
UNION ALL
SELECT
    signal_id,  -- The signal; joins to latest_answers, signals and sources.
    subject,  -- Company domain (lower case, ASCII) or contact profile URL.
    question_key,  -- Key in questions.yaml; NULL when no configured question has this identity.
    CASE
        WHEN amount <= 0 THEN '0 or less'
        WHEN amount < 1 THEN '0 to under 1'
        WHEN amount >= 1e18 THEN '1,000,000,000,000,000,000 or more'
        ELSE format('{:,} to under {:,}', tens, 10 * tens)
    END
    || coalesce(' ' || unit, '') AS value  -- yes or no, a choice, an item of a list, a text of at most 40 characters, or a band such as 100 to under 1,000.
FROM (
    SELECT *, CASE WHEN amount >= 1 THEN pow(10, least(17, floor(log10(amount))))::BIGINT END AS tens
    FROM (${amounts})
)
