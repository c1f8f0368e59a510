-- What the newest answers of the lists and questions of a run say, the most frequent first.
-- In: list_members(list, subject), asked_lists(list); $keys are the questions, $most values of each are given.
WITH counted AS (
    SELECT member.list, spoken.question_key, spoken.value, count(*) AS answers
    FROM answer_values AS spoken
    SEMI JOIN latest_answers USING (signal_id)
    JOIN list_members AS member ON member.subject = spoken.subject
    WHERE member.list IN (SELECT list FROM asked_lists) AND spoken.question_key IN (SELECT unnest($keys::VARCHAR[]))
    GROUP BY ALL
)
SELECT list, question_key, value, answers
FROM counted
QUALIFY row_number() OVER (PARTITION BY list, question_key ORDER BY answers DESC, value) <= $most
ORDER BY list, question_key, answers DESC, value;
