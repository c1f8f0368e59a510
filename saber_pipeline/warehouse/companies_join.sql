-- Signals get the company that their webhook told, whichever of the two was loaded first.
UPDATE signals SET company = told.company
FROM (
    SELECT told_of, arg_max(company, observed_at) AS company FROM internal.companies_to_join GROUP BY told_of
) AS told
WHERE told.told_of = signals.signal_id AND signals.company IS NULL;

DELETE FROM internal.companies_to_join WHERE told_of IN (SELECT signal_id FROM signals);
