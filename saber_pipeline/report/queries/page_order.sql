-- Which companies get a page of their own: the best first, at most 2,000.
SELECT domain, tier, score, round(100 * coverage) AS percent_covered, disqualifiers, missing
FROM account_fit
ORDER BY
    tier IS NOT DISTINCT FROM 'disqualified', score DESC NULLS LAST, coverage DESC NULLS LAST, domain
LIMIT 2000;
