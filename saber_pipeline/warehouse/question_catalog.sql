-- The configured questions are in the temporary table configured. Keys follow identities: rows whose
-- question is not configured any more lose their key, the others take the one it has now.
INSERT INTO internal.question_catalog (question_id, question_key, answer_type, choices, template_id, template_version)
SELECT question_id, NULL, answer_type, choices, template_id, template_version
FROM configured
WHERE question_id NOT IN (SELECT question_id FROM internal.question_catalog);

UPDATE internal.question_catalog SET question_key = now.question_key
FROM (
    SELECT internal.question_catalog.question_id, configured.question_key
    FROM internal.question_catalog
    LEFT JOIN configured ON configured.question_id = internal.question_catalog.question_id
) AS now
WHERE now.question_id = internal.question_catalog.question_id
    AND now.question_key IS DISTINCT FROM internal.question_catalog.question_key
