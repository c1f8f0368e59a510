-- Signals about to be replaced by a newer state leave every table; what a webhook told of their company stays.
INSERT INTO internal.companies_to_join BY NAME
SELECT signal_id AS told_of, landed_at AS observed_at, company
FROM signals
WHERE company IS NOT NULL AND signal_id IN (SELECT signal_id FROM chosen WHERE is_update);

DELETE FROM signals WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM sources WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM changes WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
${answers}
