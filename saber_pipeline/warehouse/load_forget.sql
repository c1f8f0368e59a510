-- Signals about to be replaced by a newer state leave every table; what a webhook told of their company stays.
INSERT INTO internal.companies_to_join BY NAME
SELECT signal_id AS told_of, landed_at AS observed_at, company
FROM signals
WHERE company IS NOT NULL AND signal_id IN (SELECT signal_id FROM chosen WHERE is_update);

DELETE FROM signals WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM sources WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM changes WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_open_text WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_url WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_choice WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_number WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_boolean WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_list WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_percentage WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_currency WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_contacts WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_contact_posts WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_contact_engagements WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
DELETE FROM answers_json_schema WHERE signal_id IN (SELECT signal_id FROM chosen WHERE is_update);
