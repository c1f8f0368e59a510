-- The accounts to call first: by score, then by how much of it is known. The first 300 of all and the first 10 of each
-- list; those that are disqualified stand in the section after the tiers. why: each verdict, the strongest first.
WITH answered AS (
    SELECT subject, count(*) AS answers FROM latest_answers WHERE answer_json IS NOT NULL GROUP BY subject
),
ranked AS (
    SELECT
        fit.*, coalesce(answered.answers, 0) AS answers, count(*) OVER () AS of_accounts,
        row_number() OVER (
            ORDER BY fit.score DESC NULLS LAST, fit.coverage DESC NULLS LAST, answers DESC, fit.domain
        ) AS place
    FROM account_fit AS fit
    LEFT JOIN answered ON answered.subject = fit.domain
    WHERE fit.tier IS DISTINCT FROM 'disqualified'
),
first_of_lists AS (
    SELECT domain
    FROM (SELECT domain, place, unnest(lists) AS "list" FROM ranked)
    QUALIFY row_number() OVER (PARTITION BY "list" ORDER BY place) <= 10
),
shown AS (
    SELECT * FROM ranked
    WHERE place <= 300 OR domain IN (SELECT domain FROM first_of_lists)
    ORDER BY place
    LIMIT 600
),
judged AS (
    SELECT domain, unnest(verdicts, recursive := true) FROM shown
),
reasons AS (
    SELECT judged.*, found.reason, found.value, found."condition"
    FROM judged
    LEFT JOIN qualifications AS found
        ON found.subject = judged.domain AND found.question_key = judged.question_key AND found.subject_type = 'company'
),
first_sources AS (
    SELECT signal_id, list(url ORDER BY position)[:2] AS urls FROM sources SEMI JOIN judged USING (signal_id) GROUP BY signal_id
),
whys AS (
    SELECT
        reasons.domain,
        list(
            {
                'question_key': reasons.question_key, 'verdict': reasons.verdict, 'reason': reasons.reason,
                'value': reasons.value, 'condition': reasons."condition",
                'evidence': signal.reasoning, 'sources': coalesce(first_sources.urls, [])
            }
            ORDER BY reasons.points * reasons.weight DESC NULLS LAST, reasons.question_key
        ) AS why
    FROM reasons
    LEFT JOIN signals AS signal ON signal.signal_id = reasons.signal_id
    LEFT JOIN first_sources ON first_sources.signal_id = reasons.signal_id
    GROUP BY reasons.domain
)
SELECT
    shown.place, shown.of_accounts, shown.domain, shown.tier, shown.score, round(100 * shown.coverage) AS percent_covered,
    coalesce(whys.why, []) AS why, shown.answers, shown.lists
FROM shown
LEFT JOIN whys ON whys.domain = shown.domain
ORDER BY shown.place;
