-- The verdicts on some companies' answers.
SELECT domain, judged.question_key, judged.verdict
FROM (SELECT domain, unnest(verdicts) AS judged FROM account_fit)
WHERE domain IN (SELECT unnest($domains::VARCHAR[]));
