-- One join for each question with criteria: grouping the rows of qualifications instead took two to three times
-- as long. What an account's verdicts come to is computed from its own list of them.
-- How well each company of the lists fits. score = sum(points x weight) / sum(weight) over the questions whose answer has a verdict with points: excellent 100, good 75, neutral 50, poor 25, disqualified 0; important 4, nice_to_have or unset 2, not_important 1. One disqualified makes it 0. Missing answers lower coverage, never the score. Questions without criteria do not count.
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
    "domain",  -- Company domain, lower case, ASCII.
    lists,  -- The lists it is in, sorted.
    score,  -- 0 to 100, to one decimal: the weighted mean of the points; 0 when disqualified; NULL when no answer has points. Verdicts in your own words have none.
    CASE
        WHEN len(disqualifiers) > 0 THEN 'disqualified'
        WHEN score >= 80 THEN 'A'
        WHEN score >= 60 THEN 'B'
        WHEN score >= 40 THEN 'C'
        WHEN score IS NOT NULL THEN 'D'
    END AS tier,  -- disqualified; A from a score of 80, B from 60, C from 40, D below; NULL without a score.
    round(weight / nullif(${total}, 0), 4)::DOUBLE AS coverage,  -- 0 to 1: weight of the scored questions whose answer has a verdict, divided by the weight of all scored questions. NULL when no question is scored.
    disqualifiers,  -- Keys of the questions whose answer disqualifies it.
    list_filter(${keys}, lambda key: NOT list_contains(judged_keys, key)) AS missing,  -- Keys of the scored questions without a verdict: not asked, failed, not known, or no condition met.
    verdicts  -- The verdicts behind the score, in the order of questions.yaml. points is NULL for your own words; weight is 0 for a question that has no other verdicts.
FROM scored
