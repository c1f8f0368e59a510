-- The newest answers to each question by what they say: each value, or for amounts their order of magnitude.
-- Questions with more than 12 values show the 12 most frequent ones.
WITH spoken AS (
    SELECT signal_id, CASE WHEN value THEN 'yes' ELSE 'no' END AS value FROM answers_boolean
    UNION ALL
    SELECT signal_id, unnest(list_distinct(value)) FROM answers_list
    UNION ALL
    SELECT signal_id, value FROM answers_open_text WHERE length(value) <= 40
    UNION ALL
    SELECT signal_id, printf('%d to %d%s', tens, tens + 10, coalesce(' ' || unit, ''))
    FROM (SELECT signal_id, unit, (10 * floor(value / 10))::BIGINT AS tens FROM answers_percentage)
    UNION ALL
    SELECT
        signal_id,
        CASE
            WHEN amount <= 0 THEN '0 or less'
            ELSE format('{:,} to under {:,}', tens, 10 * tens)
        END || coalesce(' ' || currency, '')
    FROM (
        SELECT *, CASE WHEN amount > 0 THEN pow(10, least(17, floor(log10(amount))))::BIGINT END AS tens
        FROM (
            SELECT signal_id, value AS amount, NULL AS currency FROM answers_number
            UNION ALL
            SELECT signal_id, value::DOUBLE, currency FROM answers_currency
        )
    )
),
counted AS (
    SELECT answer.question_key, spoken.value, count(*) AS answers
    FROM latest_answers AS answer
    JOIN spoken USING (signal_id)
    WHERE answer.question_key IS NOT NULL
    GROUP BY ALL
)
SELECT question_key, value, answers
FROM counted
QUALIFY row_number() OVER (PARTITION BY question_key ORDER BY answers DESC, value) <= 12
ORDER BY question_key, answers DESC, value;
