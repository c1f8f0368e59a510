-- The accounts to call first, with the answer that says why in a sentence of its own.
select
    fit.domain,
    fit.tier,
    fit.score,
    fit.coverage,
    string_agg(answers.question_key || ': ' || answers.answer, '; ' order by answers.question_key) as known
from {{ ref('stg_saber__fit') }} as fit
left join {{ ref('stg_saber__answers') }} as answers
    on answers.domain = fit.domain and answers.outcome = 'answered'
where fit.tier is distinct from 'disqualified'
group by all
