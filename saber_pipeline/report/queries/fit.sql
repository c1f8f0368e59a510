-- The accounts that fit best.
SELECT domain, score, tier, round(100 * coverage) AS percent_covered, disqualifiers, missing
FROM account_fit
ORDER BY score DESC NULLS LAST, coverage DESC, domain
LIMIT 25;
