-- How many questions the catalog does not know yet, or knows under another key.
SELECT count(*)
FROM question_catalog
FULL JOIN configured ON configured.question_id = question_catalog.question_id
WHERE
    question_catalog.question_id IS NULL
    OR configured.question_key IS DISTINCT FROM question_catalog.question_key
