-- The answers that a person should look at, the newest first.
SELECT
    review.domain, review.question_key, review.reason, review.value, review.confidence, review.source_url,
    strftime(review.since, '%Y-%m-%d %H:%M') AS since_utc, fit.lists
FROM review_queue AS review
LEFT JOIN (SELECT domain, list(DISTINCT "list" ORDER BY "list") AS lists FROM domains GROUP BY domain) AS fit
    ON fit.domain = review.domain
ORDER BY review.since DESC, review.domain, review.question_key;
