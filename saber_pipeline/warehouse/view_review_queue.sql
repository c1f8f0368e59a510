-- The answers that a person should look at, with the reasons. Filled in: the questions about companies with their least
-- confidence, and a branch for each that has criteria, with the companies whose verdict is another than before.
-- Answers about companies that a person should review: low confidence, researched without LinkedIn, without a source, or with a changed verdict. Reviewed answers are not among them.
CREATE OR REPLACE VIEW main.review_queue AS
WITH rules AS (
    SELECT
        unnest(${keys}::VARCHAR[]) AS question_key, unnest(${titles}::VARCHAR[]) AS question,
        unnest(${least}::DOUBLE[]) AS min_confidence
),
turned AS (
    SELECT NULL::VARCHAR AS subject, NULL::VARCHAR AS question_key, NULL::VARCHAR AS verdict, NULL::VARCHAR AS earlier
    WHERE false
    ${branches}
),
answers AS (
    SELECT
        answer.*,
        rules.question,
        rules.min_confidence,
        turned.verdict,
        turned.earlier,
        answer.outcome = 'answered' AND coalesce(answer.confidence < rules.min_confidence, rules.min_confidence IS NOT NULL)
            AS is_unsure,
        answer.outcome = 'answered' AND coalesce(answer.degraded, false) AS is_degraded,
        answer.outcome = 'answered' AND answer.source_url IS NULL AS is_without_source,
        turned.subject IS NOT NULL AS has_turned
    FROM main.account_answers AS answer
    JOIN rules ON rules.question_key = answer.question_key
    LEFT JOIN turned ON turned.subject = answer.domain AND turned.question_key = answer.question_key
    WHERE NOT answer.reviewed AND answer.signal_id IS NOT NULL
)
SELECT
    domain,  -- Company domain (lower case, ASCII).
    question_key,  -- Key in questions.yaml.
    question,  -- The question.
    concat_ws(
        '; ',
        CASE
            WHEN is_unsure
                THEN coalesce('confidence ' || confidence::VARCHAR || ' is below ', 'no confidence was told, at least ')
                    || min_confidence::VARCHAR
        END,
        CASE WHEN is_degraded THEN 'researched without LinkedIn' END,
        CASE WHEN is_without_source THEN 'without a source' END,
        CASE WHEN has_turned THEN 'the verdict was ' || earlier || ' and is ' || coalesce(verdict, 'none') END
    ) AS reason,  -- Why it is here, as a sentence.
    list_filter(
        [
            CASE WHEN is_unsure THEN 'low_confidence' END, CASE WHEN is_degraded THEN 'degraded' END,
            CASE WHEN is_without_source THEN 'no_source' END, CASE WHEN has_turned THEN 'verdict_changed' END
        ],
        lambda reason: reason IS NOT NULL
    ) AS reasons,  -- The same for filters: low_confidence, degraded, no_source, verdict_changed.
    value,  -- The newest answer as text, as account_answers has it.
    confidence,  -- The API's confidence in the answer, 0 to 1.
    source_url,  -- The answer's first source.
    completed_at AS since,  -- When the API finished the answer, UTC; it is here from then on.
    signal_id  -- The signal; joins to signals, sources and changes.
FROM answers
WHERE is_unsure OR is_degraded OR is_without_source OR has_turned
