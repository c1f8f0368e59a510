-- What disqualified accounts: each condition that did, with the accounts. An account with two of them stands in both rows.
WITH judged AS (
    SELECT domain, lists, unnest(disqualifiers) AS question_key FROM account_fit WHERE tier = 'disqualified'
)
SELECT
    judged.question_key,
    coalesce(found."condition", found.reason, 'not told') AS "condition",
    count(*) AS accounts,
    list(judged.domain ORDER BY judged.domain)[:5] AS examples
FROM judged
LEFT JOIN qualifications AS found
    ON found.subject = judged.domain AND found.question_key = judged.question_key AND found.subject_type = 'company'
GROUP BY judged.question_key, coalesce(found."condition", found.reason, 'not told')
ORDER BY accounts DESC, judged.question_key, "condition";
