-- Whether the pairs in flight have changed since the last publication. In: sent_pairs(question_id, subject).
SELECT
    (SELECT count(*) FROM sent_pairs) <> (SELECT count(*) FROM internal.pairs_in_flight)
    OR EXISTS (FROM sent_pairs ANTI JOIN internal.pairs_in_flight USING (question_id, subject))
