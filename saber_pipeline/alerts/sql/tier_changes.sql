-- Accounts whose tier differs from the one at the last check, including accounts without a tier then.
-- In: known_tiers(domain, tier), and account_fit. An account without a score has no tier and keeps its former one.
CREATE OR REPLACE TEMP TABLE tier_changes AS
SELECT now."domain", before.tier AS tier_before, now.tier, now.score
FROM account_fit AS now
LEFT JOIN known_tiers AS before ON before."domain" = now."domain"
WHERE now.tier IS NOT NULL AND now.tier IS DISTINCT FROM before.tier
ORDER BY now."domain";
