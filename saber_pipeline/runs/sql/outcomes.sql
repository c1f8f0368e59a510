-- What became of the pairs that a run had to settle, one row per pair.
-- In:  the Parquet file of the plan's unsettled pairs, open_pairs(question_id, subject) as the ledger has
--      them now, settled_pairs(question_id, subject) that the ledger says were landed before the load,
--      skipped_pairs(question_id, subject, is_refusal) of this run, held_back_questions(question_id) of which it
--      bought nothing, held_back_pairs(question_id, subject) of those that waited, and the warehouse's signals.
-- $since: when what the warehouse did not have at the time of the plan landed, at the earliest, so that groups of rows
-- from before are not read. It is -infinity where the plan knew signals of the pairs.
-- A signal that the plan knew already is an outcome only where the ledger says that it settled the pair:
-- else nobody has bought the pair, or it was given back.
CREATE OR REPLACE TEMP TABLE outcomes_of_run AS
WITH newest AS (
    SELECT
        question_id, subject,
        arg_max(
            {'status': status, 'is_known': answer_typed IS NOT NULL, 'is_typed': answer_typed, 'error_code': error_code,
             'mismatch': mismatch},
            {'ended_at': coalesce(completed_at, created_at, landed_at), 'created_at': created_at, 'signal_id': signal_id}
        ) AS signal,
        arg_max(
            signal_id,
            {'ended_at': coalesce(completed_at, created_at, landed_at), 'created_at': created_at, 'signal_id': signal_id}
        ) AS signal_id
    FROM signals
    WHERE
        (landed_at >= $since::TIMESTAMP OR landed_at IS NULL)
        AND (question_id, subject) IN (SELECT (question_id, subject) FROM read_parquet($candidates))
    GROUP BY question_id, subject
)
SELECT
    c.question_id, c.question_key, c.subject,
    CASE
        WHEN u.is_refusal THEN 'refused'
        WHEN o.subject IS NOT NULL OR NOT u.is_refusal THEN 'not_finished'
        WHEN s.subject IS NOT NULL AND n.signal IS NULL THEN 'unaccounted'
        WHEN s.subject IS NULL AND h.subject IS NOT NULL THEN 'held_back'
        WHEN s.subject IS NULL AND n.signal_id IS NOT DISTINCT FROM c.known_signal_id
            THEN CASE WHEN b.question_id IS NULL THEN 'not_finished' ELSE 'held_back' END
        WHEN n.signal.status = 'completed' THEN CASE WHEN n.signal.is_known THEN 'answered' ELSE 'not_known' END
        WHEN n.signal.status = 'failed' AND is_about_credits(n.signal.error_code) THEN 'refused'
        WHEN n.signal_id IS NOT NULL THEN 'failed'  -- or still in whatever other state, after a day
        ELSE 'unaccounted'
    END AS outcome,
    outcome = 'answered' AND NOT coalesce(n.signal.is_typed, false) AS is_untyped,
    n.signal.mismatch IS NOT NULL AND outcome IN ('answered', 'not_known', 'failed') AS is_mismatch,
    outcome = 'failed' AND n.signal.error_code = 'UNREADABLE_REPLY' AS is_unreadable,
    -- Whoever bought it: the signal was made, and failed because the credits did not last.
    outcome = 'refused' AND u.subject IS NULL AS is_failed_for_credits,
    outcome = 'held_back' AND h.subject IS NULL AS is_beyond_budget
FROM read_parquet($candidates) AS c
LEFT JOIN open_pairs AS o USING (question_id, subject)
LEFT JOIN settled_pairs AS s USING (question_id, subject)
LEFT JOIN skipped_pairs AS u USING (question_id, subject)
LEFT JOIN held_back_pairs AS h USING (question_id, subject)
LEFT JOIN held_back_questions AS b USING (question_id)
LEFT JOIN newest AS n USING (question_id, subject);
