-- Pairs that were refused at their last attempt and have no newer signal, by reason.
SELECT
    refused.question_key,
    refused.reason,
    -- By way of JSON: a file that an older version published has no such column.
    any_value(to_json(refused)->>'error_action') AS error_action,
    count(*) AS pairs,
    list(refused.subject ORDER BY refused.subject)[:3] AS examples,
    strftime(max(refused.refused_at), '%Y-%m-%d %H:%M') AS last_refused_utc
FROM refusals AS refused
ANTI JOIN signals AS newer
    ON newer.question_key = refused.question_key
    AND newer.subject = refused.subject
    AND newer.created_at > refused.refused_at
GROUP BY refused.question_key, refused.reason
ORDER BY pairs DESC, refused.question_key;
