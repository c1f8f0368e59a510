-- What was bought, by day, list, question and run. A question has the key it has now, or else the one it had last.
CREATE OR REPLACE VIEW main.spending AS
SELECT
    s.day, s."list", coalesce(q.question_key, s.question_key) AS question_key, s.run_id,
    sum(s.pairs)::BIGINT AS pairs, sum(s.credits)::DECIMAL(18, 4) AS credits
FROM internal.spending AS s
LEFT JOIN internal.question_catalog AS q USING (question_id)
GROUP BY ALL;

COMMENT ON VIEW main.spending IS 'Credits spent, by day, list, question and run: SABER_CREDITS_PER_SIGNAL for each signal that the API made, purchases whose outcome is not known included. What was refused, and answers from the API''s cache, cost nothing.';
COMMENT ON COLUMN main.spending.day IS 'Day of the purchase, in SABER_BUDGET_TIMEZONE (UTC unless set).';
COMMENT ON COLUMN main.spending."list" IS 'The list it was bought for; if several lists of the run have the subject, the first. NULL if unknown: summaries, and purchases by older versions.';
COMMENT ON COLUMN main.spending.question_key IS 'Key in questions.yaml; contact research and company summary for these; NULL where it is not known any more.';
COMMENT ON COLUMN main.spending.run_id IS 'The run that bought it.';
COMMENT ON COLUMN main.spending.pairs IS 'Pairs (or people or companies) that were bought, including free ones.';
COMMENT ON COLUMN main.spending.credits IS 'What they cost.';
