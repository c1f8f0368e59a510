-- What became of the pairs that a run had to settle, one row per pair.
-- In:  the Parquet file of the plan's unsettled pairs, open_pairs(question_id, subject) as the ledger has
--      them now, unserved_pairs(question_id, subject, is_refusal) of this run, and the warehouse's signals.
CREATE OR REPLACE TEMP TABLE accounts_of_run AS
WITH newest AS (
    SELECT
        question_id, subject,
        arg_max(
            {'status': status, 'is_known': answer_json IS NOT NULL, 'is_typed': answer_typed, 'error_code': error_code},
            {'ended_at': coalesce(completed_at, created_at), 'created_at': created_at, 'signal_id': signal_id}
        ) AS signal
    FROM signals
    WHERE (question_id, subject) IN (SELECT (question_id, subject) FROM read_parquet($candidates))
    GROUP BY question_id, subject
)
SELECT
    c.question_id, c.question_key, c.subject,
    CASE
        WHEN u.is_refusal THEN 'refused'
        WHEN o.subject IS NOT NULL OR NOT u.is_refusal THEN 'not_finished'
        WHEN n.signal.status = 'completed' THEN CASE WHEN n.signal.is_known THEN 'answered' ELSE 'not_known' END
        WHEN n.signal.status IN ('failed', 'processing') THEN 'failed'
        ELSE 'unaccounted'
    END AS outcome,
    outcome = 'answered' AND NOT coalesce(n.signal.is_typed, false) AS is_untyped
FROM read_parquet($candidates) AS c
LEFT JOIN open_pairs AS o USING (question_id, subject)
LEFT JOIN unserved_pairs AS u USING (question_id, subject)
LEFT JOIN newest AS n USING (question_id, subject);
