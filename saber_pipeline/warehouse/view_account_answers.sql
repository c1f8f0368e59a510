-- Filled in: the keys of the configured questions, of those with a condition, and of those whose template cannot be asked;
-- and a branch of texts for each typed table.
-- One row for each company of the lists and each question about companies, whatever the outcome.
CREATE OR REPLACE VIEW main.account_answers AS
WITH companies AS (
    -- A list that was read by an earlier version has no names.
    SELECT domain, coalesce(any_value(domain_unicode) FILTER (domain_unicode <> domain), domain) AS domain_unicode
    FROM main.domains
    GROUP BY domain
),
questions AS (
    SELECT unnest(${keys}::VARCHAR[]) AS question_key, list_contains(${unasked}::VARCHAR[], question_key) AS is_unasked
),
states AS (
    SELECT
        subject, question_key,
        arg_max(
            {
                'signal_id': signal_id, 'is_known': answer_typed IS NOT NULL, 'confidence': confidence,
                'completed_at': completed_at, 'degraded': degraded
            },
            {'completed_at': completed_at, 'created_at': created_at, 'signal_id': signal_id}
        ) FILTER (status = 'completed') AS completed,
        arg_max(
            {'status': status, 'error': error, 'error_code': error_code},
            {
                'ended_at': coalesce(completed_at, created_at, landed_at), 'created_at': created_at,
                'signal_id': signal_id
            }
        ) AS newest
    FROM main.signals
    WHERE subject_type = 'company' AND question_key IN (SELECT question_key FROM questions)
    GROUP BY subject, question_key
),
refused AS (
    SELECT subject, question_key, max(reason) AS reason FROM main.refusals GROUP BY subject, question_key
),
in_flight AS (
    SELECT DISTINCT c.question_key, f.subject
    FROM internal.pairs_in_flight AS f
    JOIN internal.question_catalog AS c ON c.question_id = f.question_id
),
reviews AS (
    SELECT domain, question_key, decision, value, decision <> 'accept' AS is_replaced FROM main.reviews WHERE holds
),
held_back AS (
    SELECT subject, question_key, substr(verdicts, list_position(${gated}::VARCHAR[], question_key), 1) AS verdict
    FROM internal.held_back
    CROSS JOIN (SELECT unnest(${gated}::VARCHAR[]) AS question_key)
),
first_sources AS (
    SELECT signal_id, arg_min(url, position) AS url FROM main.sources GROUP BY signal_id
),
texts AS (
${texts}
)
SELECT
    company.domain,  -- Company domain (lower case, ASCII).
    question.question_key,  -- Key in questions.yaml.
    CASE
        WHEN review.decision = 'value' THEN 'answered'
        WHEN review.decision = 'reject' THEN 'not_known'
        WHEN state.completed.is_known THEN 'answered'
        WHEN state.completed IS NOT NULL THEN 'not_known'
        WHEN flying.subject IS NOT NULL THEN 'not_finished'
        WHEN state.newest.status = 'failed' THEN 'failed'
        WHEN state.newest IS NOT NULL THEN 'not_finished'
        WHEN refused.subject IS NOT NULL THEN 'refused'
        WHEN held.verdict <> 't' OR used_up.question_key IS NOT NULL OR is_unasked THEN 'held_back'
        ELSE 'not_asked'
    END AS outcome,  -- answered, not_known, failed, not_finished, refused, held_back or not_asked.
    CASE WHEN review.is_replaced THEN review.value ELSE text.value END AS value,  -- The newest answer as text: yes or no, numbers without needless zeros, lists joined by commas, the rest as JSON. NULL where it is not known or does not fit its type.
    CASE WHEN NOT coalesce(review.is_replaced, false) THEN state.completed.confidence END AS confidence,  -- The API's confidence in the answer, 0 to 1. NULL if a review replaces the answer.
    state.completed.completed_at AS completed_at,  -- When the API finished the answer, UTC.
    state.completed.signal_id AS signal_id,  -- The signal; joins to signals, sources and changes.
    CASE WHEN NOT coalesce(review.is_replaced, false) THEN source.url END AS source_url,  -- The answer's first source; NULL if a review replaces the answer.
    state.completed.degraded AS degraded,  -- Whether it was researched without a connector it could have used.
    review.domain IS NOT NULL AS reviewed,  -- Whether reviews.csv decides about it; value then follows the review.
    date_diff('day', state.completed.completed_at, (now() AT TIME ZONE 'UTC')) AS age_days,  -- Whole days since completed_at.
    CASE
        WHEN review.decision = 'value' THEN NULL
        WHEN review.decision = 'reject' THEN 'rejected in reviews.csv'
        WHEN state.completed IS NOT NULL OR flying.subject IS NOT NULL THEN NULL
        WHEN state.newest.status = 'failed' THEN coalesce(state.newest.error, state.newest.error_code)
        WHEN state.newest IS NOT NULL THEN NULL
        WHEN refused.subject IS NOT NULL THEN refused.reason
        ELSE CASE held.verdict
            WHEN 'f' THEN 'its ask_if is false'
            WHEN 'u' THEN 'its ask_if is unknown'
            WHEN 'k' THEN 'the question before it has an answer'
            WHEN 'n' THEN 'the question before it has no answer'
            ELSE CASE
                WHEN is_unasked THEN 'its template cannot be asked'
                WHEN used_up.question_key IS NOT NULL THEN 'the question''s budget of the month is used up'
            END
        END
    END AS reason,  -- Why there is no answer: what the API or a review said, or why it was held back.
    company.domain_unicode  -- The domain as people write it: münchen.de for xn--mnchen-3ya.de; mostly the same as domain.
FROM companies AS company
CROSS JOIN questions AS question
LEFT JOIN states AS state ON state.subject = company.domain AND state.question_key = question.question_key
LEFT JOIN in_flight AS flying ON flying.subject = company.domain AND flying.question_key = question.question_key
LEFT JOIN refused ON refused.subject = company.domain AND refused.question_key = question.question_key
LEFT JOIN reviews AS review ON review.domain = company.domain AND review.question_key = question.question_key
LEFT JOIN held_back AS held ON held.subject = company.domain AND held.question_key = question.question_key
LEFT JOIN internal.used_up_budgets AS used_up ON used_up.question_key = question.question_key
LEFT JOIN texts AS text ON text.signal_id = state.completed.signal_id
LEFT JOIN first_sources AS source ON source.signal_id = state.completed.signal_id
