-- The unsettled pairs of the plan, for the outcomes at the end of the run.
COPY (SELECT question_id, question_key, subject, known_signal_id FROM plan WHERE status IN ('due', 'in_flight', 'waiting'))
TO $file (FORMAT parquet);
