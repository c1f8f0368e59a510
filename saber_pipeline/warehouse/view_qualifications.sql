-- A view over the newest answers, so that it never lags behind them. Its first part gives the columns their
-- types, also when no question has criteria.
CREATE OR REPLACE VIEW main.qualifications AS
SELECT
    NULL::VARCHAR AS subject_type,
    NULL::VARCHAR AS subject,
    NULL::VARCHAR AS question_key,
    NULL::VARCHAR AS weight,
    NULL::VARCHAR AS verdict,
    NULL::VARCHAR AS reason,
    NULL::VARCHAR AS "condition",
    NULL::VARCHAR AS value,
    NULL::TIMESTAMP AS completed_at,
    NULL::VARCHAR AS signal_id
WHERE false
${branches}
