-- The companies of a list whose answers, score or tier are others than the file of the last export says; all where there is no such file.
-- In: answers, attached. Filled in: the list, the questions' keys, and the rows that were told last.
CREATE OR REPLACE TEMP TABLE telling AS
SELECT
    answer.domain,
    md5(
        string_agg(concat_ws('|', question_key, outcome, value), '||' ORDER BY question_key)
        || concat_ws('|', any_value(fit.score), any_value(fit.tier))
    ) AS told
FROM answers.account_answers AS answer
LEFT JOIN answers.account_fit AS fit ON fit.domain = answer.domain
WHERE question_key IN (SELECT unnest(${keys}::VARCHAR[]))
  AND answer.domain IN (SELECT domain FROM answers.domains WHERE "list" = ${list})
GROUP BY answer.domain;

CREATE OR REPLACE TEMP TABLE changed_companies AS
SELECT domain FROM telling ANTI JOIN (${last}) AS last USING (domain, told);
