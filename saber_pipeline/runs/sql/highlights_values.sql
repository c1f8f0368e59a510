-- What the newest answers of the lists and questions of a run say, the most frequent first.
-- In: list_members(list, subject), asked_lists(list); $keys are the questions, $most values of each are given.
-- Nearly every pair has one answer only, so what an answer was replaced by is looked for (as latest_answers does for
-- the whole warehouse) only where there are several.
WITH members AS (
    SELECT list, subject FROM list_members WHERE list IN (SELECT list FROM asked_lists)
),
completed AS (
    SELECT signal_id, subject, question_key, completed_at, created_at
    FROM signals
    SEMI JOIN members USING (subject)
    WHERE status = 'completed' AND question_key IN (SELECT unnest($keys::VARCHAR[]))
),
replaced AS (
    SELECT signal_id
    FROM completed
    SEMI JOIN (
        SELECT subject, question_key FROM completed GROUP BY ALL HAVING count(*) > 1
    ) USING (subject, question_key)
    QUALIFY row_number() OVER (
        PARTITION BY subject, question_key
        ORDER BY completed_at DESC NULLS LAST, created_at DESC NULLS LAST, signal_id DESC
    ) > 1
),
counted AS (
    SELECT member.list, spoken.question_key, spoken.value, count(*) AS answers
    FROM answer_values AS spoken
    ANTI JOIN replaced USING (signal_id)
    JOIN members AS member ON member.subject = spoken.subject
    WHERE spoken.question_key IN (SELECT unnest($keys::VARCHAR[]))
    GROUP BY ALL
)
SELECT list, question_key, value, answers
FROM counted
QUALIFY row_number() OVER (PARTITION BY list, question_key ORDER BY answers DESC, value) <= $most
ORDER BY list, question_key, answers DESC, value;
