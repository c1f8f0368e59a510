select
    domain,
    question_key,
    outcome,
    value as answer,
    confidence,
    completed_at,
    age_days,
    source_url
from {{ source('saber', 'account_answers') }}
