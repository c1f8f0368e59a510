-- For each of these questions, the number of companies that are still to be asked.
SELECT question_key, count(*) AS pairs
FROM account_answers
WHERE list_contains($keys, question_key) AND (outcome = 'not_asked' OR (outcome = 'held_back' AND reason = $reason))
GROUP BY question_key;
