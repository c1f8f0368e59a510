-- What each question cost on each list, by month.
SELECT
    strftime(day, '%Y-%m') AS month, "list", question_key,
    sum(pairs)::BIGINT AS pairs, sum(credits)::DOUBLE AS credits
FROM spending
GROUP BY ALL
ORDER BY month DESC, credits DESC, "list" NULLS LAST, question_key;
