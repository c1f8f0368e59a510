-- What the newest answers say, and how many say it. Numbers and amounts are counted in bands, each currency by itself;
-- at_least is where a band begins. Of each question's values the 12 most frequent ones.
WITH bands (at_least, below, value) AS (
    VALUES
        (0, 1, 'under 1'), (1, 10, '1 to 10'), (1e1, 1e2, '10 to 100'), (1e2, 1e3, '100 to 1k'),
        (1e3, 1e4, '1k to 10k'), (1e4, 1e5, '10k to 100k'), (1e5, 1e6, '100k to 1M'),
        (1e6, 1e7, '1M to 10M'), (1e7, 1e8, '10M to 100M'), (1e8, 1e9, '100M to 1bn'),
        (1e9, 1e10, '1bn to 10bn'), (1e10, 1e11, '10bn to 100bn'), (1e11, 1e12, '100bn to 1tn'),
        (1e12, 'infinity'::DOUBLE, '1tn or more')
),
amounts AS (
    ${amounts}
),
said AS (
    SELECT
        amounts.signal_id, amounts.question_key, amounts.unit, bands.at_least::DOUBLE AS at_least,
        coalesce(bands.value, '0 or less') AS value
    FROM amounts
    LEFT JOIN bands ON amounts.amount > 0 AND amounts.amount >= bands.at_least AND amounts.amount < bands.below
    UNION ALL
    SELECT
        signal_id, question_key, unit, tens,
        CASE WHEN tens = -110 THEN 'under -100' WHEN tens = 200 THEN '200 or more' ELSE printf('%d to %d', tens::BIGINT, tens::BIGINT + 10) END
    FROM (SELECT *, greatest(-110, least(200, 10 * floor(amount / 10))) AS tens FROM (${shares}))
    UNION ALL
    SELECT spoken.signal_id, spoken.question_key, NULL, NULL, spoken.value
    FROM answer_values AS spoken
    JOIN signals AS signal ON signal.signal_id = spoken.signal_id
    WHERE signal.answer_type NOT IN (${in_bands})
),
counted AS (
    SELECT question_key, unit, value, count(*) AS answers, at_least
    FROM said
    SEMI JOIN latest_answers USING (signal_id)
    GROUP BY ALL
)
SELECT question_key, unit, value, answers, at_least
FROM counted
QUALIFY row_number() OVER (PARTITION BY question_key, unit ORDER BY answers DESC, at_least, value) <= 12
ORDER BY question_key, unit NULLS FIRST, at_least NULLS FIRST, answers DESC, value;
