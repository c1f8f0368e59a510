-- A view over the newest answers, so that it never lags behind them. Its first part gives the columns their
-- types, also when no question has criteria.
-- Verdict on the newest answer of each subject and question with qualification criteria, or on the value of a review. Computed from the current answers and criteria, so it is always up to date. No row: no completed answer yet.
CREATE OR REPLACE VIEW main.qualifications AS
SELECT
    NULL::VARCHAR AS subject_type,  -- company or contact.
    NULL::VARCHAR AS subject,  -- Company domain (lower case, ASCII) or contact profile URL.
    NULL::VARCHAR AS question_key,  -- Key in questions.yaml.
    NULL::VARCHAR AS weight,  -- important, nice_to_have (also when none is set) or not_important.
    NULL::VARCHAR AS verdict,  -- disqualified, poor, neutral, good, excellent, or your own word. Of several conditions that are met the worst verdict wins, then own words, in the order of questions.yaml. NULL: no condition is met, or the answer is not known.
    NULL::VARCHAR AS reason,  -- The condition that was met and the value, or why there is no verdict.
    NULL::VARCHAR AS "condition",  -- The condition that won, as in questions.yaml.
    NULL::VARCHAR AS value,  -- The answer as text.
    NULL::TIMESTAMP AS completed_at,  -- When the API finished the signal, UTC; if a review replaces the answer, the time of the review.
    NULL::VARCHAR AS signal_id  -- The signal; joins to signals, sources and changes.
WHERE false
${branches}
