-- The credit balances seen, thinned to two an hour: the first and the last of each.
SELECT observed_at, remaining_credits
FROM credit_balances
QUALIFY
    row_number() OVER (PARTITION BY date_trunc('hour', observed_at) ORDER BY observed_at) = 1
    OR row_number() OVER (PARTITION BY date_trunc('hour', observed_at) ORDER BY observed_at DESC) = 1
ORDER BY observed_at;
