-- Which reviews hold, and which answer each of them is about. A review judges what was answered by then: an answer
-- that was completed later counts instead, until somebody reviews that.
CREATE OR REPLACE TEMP TABLE marked_reviews AS
WITH newest AS (
    SELECT
        subject, question_key,
        max(coalesce(completed_at, created_at, landed_at)) AS completed_at,
        arg_max(signal_id, {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}) AS signal_id
    FROM signals
    WHERE
        status = 'completed'
        AND subject_type = 'company'
        AND (subject, question_key) IN (SELECT (domain, question_key) FROM reviews)
    GROUP BY subject, question_key
)
SELECT line, holds, CASE WHEN holds THEN signal_id END AS signal_id
FROM (
    SELECT
        review.line,
        newest.signal_id,
        row_number() OVER (
            PARTITION BY review.domain, review.question_key ORDER BY review.reviewed_at DESC, review.line DESC
        ) = 1
        AND coalesce(newest.completed_at <= review.reviewed_at, review.decision = 'value') AS holds
    FROM reviews AS review
    LEFT JOIN newest ON newest.subject = review.domain AND newest.question_key = review.question_key
)
