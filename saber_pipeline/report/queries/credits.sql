-- The credit balances seen, thinned to one an hour: the last of each.
SELECT max(observed_at) AS observed_at, arg_max(remaining_credits, observed_at) AS remaining_credits
FROM credit_balances
GROUP BY date_trunc('hour', observed_at)
ORDER BY observed_at;
