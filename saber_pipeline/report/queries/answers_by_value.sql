-- The newest answers to each question by what they say: each value, or for amounts their order of magnitude.
-- Questions with more than 12 values show the 12 most frequent ones.
WITH counted AS (
    SELECT question_key, spoken.value, count(*) AS answers
    FROM latest_answers AS answer
    JOIN answer_values AS spoken USING (signal_id, question_key)
    GROUP BY ALL
)
SELECT question_key, value, answers
FROM counted
QUALIFY row_number() OVER (PARTITION BY question_key ORDER BY answers DESC, value) <= 12
ORDER BY question_key, answers DESC, value;
