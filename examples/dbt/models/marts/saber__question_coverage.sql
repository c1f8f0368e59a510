-- How far each question is: what became of its companies, and how old its answers are.
select
    question_key,
    count(*) as companies,
    count(*) filter (outcome = 'answered') as answered,
    count(*) filter (outcome = 'not_known') as not_known,
    count(*) filter (outcome not in ('answered', 'not_known')) as without_answer,
    round(100.0 * answered / companies, 1) as percent_answered,
    max(age_days) as oldest_days
from {{ ref('stg_saber__answers') }}
group by question_key
