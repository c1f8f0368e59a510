-- What answers say, in a few words: the value, or for numbers and amounts the band it is in. For counting.
CREATE OR REPLACE VIEW main.answer_values AS
SELECT signal_id, subject, question_key, CASE WHEN value THEN 'yes' ELSE 'no' END AS value
FROM main.answers_boolean
UNION ALL
SELECT signal_id, subject, question_key, unnest(list_distinct(value)) AS value
FROM main.answers_list
UNION ALL
SELECT signal_id, subject, question_key, value
FROM main.answers_choice
UNION ALL
SELECT signal_id, subject, question_key, value
FROM main.answers_open_text
WHERE length(value) <= 40
UNION ALL
SELECT signal_id, subject, question_key, printf('%d to %d%s', tens, tens + 10, coalesce(' ' || unit, ''))
FROM (SELECT *, (10 * floor(value / 10))::BIGINT AS tens FROM main.answers_percentage)
UNION ALL
SELECT
    signal_id, subject, question_key,
    CASE WHEN amount <= 0 THEN '0 or less' ELSE format('{:,} to under {:,}', tens, 10 * tens) END
    || coalesce(' ' || currency, '')
FROM (
    SELECT *, CASE WHEN amount > 0 THEN pow(10, least(17, floor(log10(amount))))::BIGINT END AS tens
    FROM (
        SELECT signal_id, subject, question_key, value AS amount, NULL AS currency FROM main.answers_number
        UNION ALL
        SELECT signal_id, subject, question_key, value::DOUBLE, currency FROM main.answers_currency
    )
)
