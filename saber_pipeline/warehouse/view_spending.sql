-- A question has the key it has now, or else the one it had last.
-- Credits spent, by day, list, question and run: SABER_CREDITS_PER_SIGNAL for each signal that the API made, purchases whose outcome is not known included. What was refused, and answers from the API's cache, cost nothing.
CREATE OR REPLACE VIEW main.spending AS
SELECT
    s.day,  -- Day of the purchase, in SABER_BUDGET_TIMEZONE (UTC unless set).
    s."list",  -- The list it was bought for; if several lists of the run have the subject, the first. NULL if unknown: summaries, and purchases by older versions.
    coalesce(q.question_key, s.question_key) AS question_key,  -- Key in questions.yaml; contact research and company summary for these; NULL where it is not known any more.
    s.run_id,  -- The run that bought it.
    sum(s.pairs)::BIGINT AS pairs,  -- Pairs (or people or companies) that were bought, including free ones.
    sum(s.credits)::DECIMAL(18, 4) AS credits  -- What they cost.
FROM internal.spending AS s
LEFT JOIN internal.question_catalog AS q USING (question_id)
GROUP BY ALL
