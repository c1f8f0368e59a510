-- One row for each company of a list and each company question: what became of it, and the answer as text.
-- Filled in: the keys of the configured questions, and a branch of texts for each typed table.
CREATE OR REPLACE VIEW main.account_answers AS
WITH companies AS (
    -- A list that was read by an earlier version has no names.
    SELECT domain, coalesce(any_value(domain_unicode) FILTER (domain_unicode <> domain), domain) AS domain_unicode
    FROM main.domains
    GROUP BY domain
),
questions AS (
    SELECT unnest(${keys}::VARCHAR[]) AS question_key
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
    company.domain,
    question.question_key,
    CASE
        WHEN review.decision = 'value' THEN 'answered'
        WHEN review.decision = 'reject' THEN 'not_known'
        WHEN state.completed.is_known THEN 'answered'
        WHEN state.completed IS NOT NULL THEN 'not_known'
        WHEN flying.subject IS NOT NULL THEN 'not_finished'
        WHEN state.newest.status = 'failed' THEN 'failed'
        WHEN state.newest IS NOT NULL THEN 'not_finished'
        WHEN refused.subject IS NOT NULL THEN 'refused'
        WHEN held.verdict <> 't' OR used_up.question_key IS NOT NULL THEN 'held_back'
        ELSE 'not_asked'
    END AS outcome,
    CASE WHEN review.is_replaced THEN review.value ELSE text.value END AS value,
    CASE WHEN NOT coalesce(review.is_replaced, false) THEN state.completed.confidence END AS confidence,
    state.completed.completed_at AS completed_at,
    state.completed.signal_id AS signal_id,
    CASE WHEN NOT coalesce(review.is_replaced, false) THEN source.url END AS source_url,
    state.completed.degraded AS degraded,
    review.domain IS NOT NULL AS reviewed,
    date_diff('day', state.completed.completed_at, (now() AT TIME ZONE 'UTC')) AS age_days,
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
            ELSE CASE WHEN used_up.question_key IS NOT NULL THEN 'the question''s budget of the month is used up' END
        END
    END AS reason,
    company.domain_unicode
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
