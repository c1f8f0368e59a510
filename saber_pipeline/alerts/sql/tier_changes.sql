-- Accounts whose tier is another one than when it was last looked at, and those that had none then.
-- In: known_tiers(domain, tier), and account_fit. An account without a score has no tier: it keeps the one it had.
CREATE OR REPLACE TEMP TABLE tier_changes AS
SELECT now."domain", before.tier AS tier_before, now.tier, now.score
FROM account_fit AS now
LEFT JOIN known_tiers AS before ON before."domain" = now."domain"
WHERE now.tier IS NOT NULL AND now.tier IS DISTINCT FROM before.tier
ORDER BY now."domain";
