-- Every answer about some companies, with what it rests on and the answers before it.
WITH wanted AS (
    SELECT unnest($domains::VARCHAR[]) AS domain
),
about AS (
    SELECT signal_id, subject, question_key, answer_type, reasoning, answer_json, completed_at, created_at
    FROM signals
    WHERE subject IN (SELECT domain FROM wanted) AND status = 'completed'
),
answers AS (
    SELECT * FROM account_answers WHERE domain IN (SELECT domain FROM wanted)
),
first_sources AS (
    SELECT signal_id, list({'url': url, 'title': title} ORDER BY position)[:3] AS sources
    FROM sources
    WHERE signal_id IN (SELECT signal_id FROM answers)
    GROUP BY signal_id
),
earlier AS (
    SELECT
        about.subject, about.question_key,
        list(
            {'completed_at': about.completed_at, 'answer_json': about.answer_json}
            ORDER BY about.completed_at DESC NULLS LAST, about.created_at DESC NULLS LAST, about.signal_id DESC
        )[:5] AS answers
    FROM about
    ANTI JOIN answers ON answers.signal_id = about.signal_id
    GROUP BY about.subject, about.question_key
)
SELECT
    answers.domain, answers.question_key, answers.outcome, answers.value, about.answer_type, answers.confidence,
    answers.completed_at, answers.reason, coalesce(answers.degraded, false) AS degraded, answers.reviewed,
    about.reasoning, coalesce(first_sources.sources, []) AS sources, coalesce(earlier.answers, []) AS earlier
FROM answers
LEFT JOIN about ON about.signal_id = answers.signal_id
LEFT JOIN first_sources ON first_sources.signal_id = answers.signal_id
LEFT JOIN earlier ON earlier.subject = answers.domain AND earlier.question_key = answers.question_key
ORDER BY answers.domain, answers.question_key;
