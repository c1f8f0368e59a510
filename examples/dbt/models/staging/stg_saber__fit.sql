select domain, lists, score, tier, coverage
from {{ source('saber', 'account_fit') }}
