-- Whether the newest completed signal of each subject has an answer.
SELECT
    subject,
    arg_max(answer_typed IS NOT NULL, {
        'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id
    }) AS is_known
FROM signals
WHERE status = 'completed' AND question_id = ${question_id}
GROUP BY subject
