-- What became of the pairs that a run had to settle, one row per pair.
-- In:  the Parquet file of the plan's unsettled pairs, open_pairs(question_id, subject) as the ledger has
--      them now, settled_pairs(question_id, subject) that the ledger says were landed before the load,
--      skipped_pairs(question_id, subject, is_refusal) of this run, held_back_questions(question_id) of which it
--      bought nothing, held_back_pairs(question_id, subject) of those that waited, and the warehouse's signals.
-- ${since}: when what the warehouse did not have at the time of the plan landed, at the earliest, so that groups of rows
-- from before are not read. It is -infinity where the plan knew signals of the pairs.
-- A signal that the plan knew already is an outcome only where the ledger says that it settled the pair:
-- else nobody has bought the pair, or it was given back.
-- Signals are joined with numbers of pairs first, and counted then; nearly every pair has a single one. Groups by
-- names, with whole signals in them, took more than 200 MB for 300,000 pairs.
CREATE OR REPLACE TEMP TABLE signals_of_run AS
SELECT
    c.file_row_number AS pair, n.signal_id, n.status, n.answer_typed, n.error_code, n.mismatch, n.created_at,
    coalesce(n.completed_at, n.created_at, n.landed_at) AS ended_at
FROM signals AS n
JOIN read_parquet(${candidates}, file_row_number = true) AS c USING (question_id, subject)
WHERE n.landed_at >= ${since}::TIMESTAMP OR n.landed_at IS NULL;

CREATE OR REPLACE TEMP TABLE newest_of_run AS
WITH several AS (SELECT pair FROM signals_of_run GROUP BY pair HAVING count(*) > 1)
SELECT pair, signal_id, status, answer_typed, error_code, mismatch
FROM signals_of_run
ANTI JOIN several USING (pair)
UNION ALL
SELECT pair, newest.signal_id, newest.status, newest.answer_typed, newest.error_code, newest.mismatch
FROM (
    SELECT
        pair,
        arg_max(n, {'ended_at': ended_at, 'created_at': created_at, 'signal_id': signal_id}) AS newest
    FROM signals_of_run AS n
    SEMI JOIN several USING (pair)
    GROUP BY pair
);
DROP TABLE temp.signals_of_run;

CREATE OR REPLACE TEMP TABLE outcomes_of_run AS
SELECT
    c.question_id, c.question_key, c.subject,
    CASE
        WHEN u.is_refusal THEN 'refused'
        WHEN o.subject IS NOT NULL OR NOT u.is_refusal THEN 'not_finished'
        WHEN s.subject IS NOT NULL AND n.signal_id IS NULL THEN 'unaccounted'
        WHEN s.subject IS NULL AND h.subject IS NOT NULL THEN 'held_back'
        WHEN s.subject IS NULL AND n.signal_id IS NOT DISTINCT FROM c.known_signal_id
            THEN CASE WHEN b.question_id IS NULL THEN 'not_finished' ELSE 'held_back' END
        WHEN n.status = 'completed' THEN CASE WHEN n.answer_typed IS NOT NULL THEN 'answered' ELSE 'not_known' END
        WHEN n.status = 'failed' AND is_about_credits(n.error_code) THEN 'refused'
        WHEN n.signal_id IS NOT NULL THEN 'failed'  -- or still in whatever other state, after a day
        ELSE 'unaccounted'
    END AS outcome,
    outcome = 'answered' AND NOT coalesce(n.answer_typed, false) AS is_untyped,
    n.mismatch IS NOT NULL AND outcome IN ('answered', 'not_known', 'failed') AS is_mismatch,
    outcome = 'failed' AND n.error_code = 'UNREADABLE_REPLY' AS is_unreadable,
    -- Whoever bought it: the signal was made, and failed because the credits did not last.
    outcome = 'refused' AND u.subject IS NULL AS is_failed_for_credits,
    outcome = 'held_back' AND h.subject IS NULL AS is_beyond_budget
FROM read_parquet(${candidates}, file_row_number = true) AS c
LEFT JOIN open_pairs AS o USING (question_id, subject)
LEFT JOIN settled_pairs AS s USING (question_id, subject)
LEFT JOIN skipped_pairs AS u USING (question_id, subject)
LEFT JOIN held_back_pairs AS h USING (question_id, subject)
LEFT JOIN held_back_questions AS b USING (question_id)
LEFT JOIN newest_of_run AS n ON n.pair = c.file_row_number;
DROP TABLE temp.newest_of_run;
