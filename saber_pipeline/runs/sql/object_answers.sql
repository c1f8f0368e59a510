-- The newest object answers to one question that a run got.
SELECT answer.value::VARCHAR
FROM ${table} AS answer
SEMI JOIN (
    SELECT question_id, subject FROM outcomes_of_run WHERE question_id = ? AND outcome = 'answered'
) AS pair ON pair.question_id = answer.question_id AND pair.subject = answer.subject
QUALIFY row_number() OVER (PARTITION BY answer.subject ORDER BY answer.completed_at DESC NULLS LAST, answer.signal_id) = 1;
