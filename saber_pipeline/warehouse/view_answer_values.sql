-- What answers say, in a few words: the value, or for numbers and amounts the band it is in. For counting.
CREATE OR REPLACE VIEW main.answer_values AS
${counted}
UNION ALL
SELECT
    signal_id, subject, question_key,
    CASE
        WHEN amount <= 0 THEN '0 or less'
        WHEN amount < 1 THEN '0 to under 1'
        WHEN amount >= 1e18 THEN '1,000,000,000,000,000,000 or more'
        ELSE format('{:,} to under {:,}', tens, 10 * tens)
    END
    || coalesce(' ' || unit, '')
FROM (
    SELECT *, CASE WHEN amount >= 1 THEN pow(10, least(17, floor(log10(amount))))::BIGINT END AS tens
    FROM (${amounts})
)
