-- How many accounts are in each tier.
SELECT coalesce(tier, 'not scored') AS tier, count(*) AS accounts
FROM account_fit
GROUP BY ALL
ORDER BY tier;
