-- How many pairs are in flight, by list and question, and whether a living run waits for them.
-- In: pairs_in_flight(question_id, subject, is_tracked), asked_lists(list), list_members(list, subject),
--     asked_questions(question_id, question_key).
-- A pair counts under the first list that holds it, so that one run collects it.
-- The list or the key is NULL where there is none any more.
WITH first_lists AS (
    SELECT subject, min(list) AS list
    FROM list_members
    WHERE list IN (SELECT list FROM asked_lists)
    GROUP BY subject
)
SELECT f.list, q.question_key, p.is_tracked, count(*)
FROM pairs_in_flight AS p
LEFT JOIN first_lists AS f USING (subject)
LEFT JOIN asked_questions AS q USING (question_id)
GROUP BY ALL
ORDER BY ALL;
