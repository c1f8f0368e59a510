-- One join for each question with criteria: grouping the rows of qualifications instead took two to three times
-- as long. What an account's verdicts come to is computed from its own list of them.
CREATE OR REPLACE VIEW main.account_fit AS
WITH judged AS (
    SELECT
        account."domain",
        account.lists,
        list_filter([${verdicts}]::${verdict_type}[], lambda verdict: verdict IS NOT NULL) AS verdicts
    FROM (
        SELECT "domain", list(DISTINCT "list" ORDER BY "list") AS lists
        FROM main."domains"
        GROUP BY "domain"
    ) AS account
    ${joins}
),
summed AS (
    SELECT
        *,
        list_filter(
            list_transform(verdicts, lambda v: CASE WHEN v.verdict = 'disqualified' THEN v.question_key END),
            lambda key: key IS NOT NULL
        ) AS disqualifiers,
        list_sum(list_transform(verdicts, lambda v: v.points * v.weight))
            / nullif(list_sum(list_transform(verdicts, lambda v: CASE WHEN v.points IS NOT NULL THEN v.weight END)), 0)
            AS mean,
        coalesce(list_sum(list_transform(verdicts, lambda v: v.weight)), 0) AS weight,
        list_transform(verdicts, lambda v: v.question_key) AS judged_keys
    FROM judged
),
scored AS (
    SELECT
        *,
        round(CASE WHEN len(disqualifiers) > 0 THEN 0 ELSE mean END, 1)::DOUBLE AS score
    FROM summed
)
SELECT
    "domain",
    lists,
    score,
    CASE
        WHEN len(disqualifiers) > 0 THEN 'disqualified'
        WHEN score >= 80 THEN 'A'
        WHEN score >= 60 THEN 'B'
        WHEN score >= 40 THEN 'C'
        WHEN score IS NOT NULL THEN 'D'
    END AS tier,
    round(weight / nullif(${total}, 0), 4)::DOUBLE AS coverage,
    disqualifiers,
    list_filter(${keys}, lambda key: NOT list_contains(judged_keys, key)) AS missing,
    verdicts
FROM scored
