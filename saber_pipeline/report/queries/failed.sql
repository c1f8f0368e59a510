-- Pairs whose research failed and has not succeeded since, by reason.
SELECT
    failed.question_key,
    coalesce(failed.error_code, 'no code') AS reason,
    any_value(failed.error) AS message,
    any_value(failed.error_action) AS error_action,
    count(DISTINCT failed.subject) AS pairs,
    list(DISTINCT failed.subject)[:3] AS examples
FROM signals AS failed
ANTI JOIN latest_answers AS answer
    ON answer.question_key = failed.question_key AND answer.subject = failed.subject
WHERE failed.status = 'failed' AND failed.question_key IS NOT NULL
GROUP BY failed.question_key, failed.error_code
ORDER BY pairs DESC, failed.question_key, reason;
