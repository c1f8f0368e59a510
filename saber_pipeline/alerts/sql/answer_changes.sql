-- The changes made by these signals to answers to these questions, newest first.
-- Values are cut to the length that may be shown, because an answer may have megabytes.
SELECT
    signal_id, subject, question_key, kind, left(old_value, 1000) AS old_value, left(new_value, 1000) AS new_value,
    changed_at
FROM answer_changes
WHERE signal_id IN (SELECT unnest($signals::VARCHAR[])) AND question_key IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY changed_at DESC, subject, question_key;
