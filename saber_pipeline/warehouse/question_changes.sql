-- How many questions the catalog does not know yet, or knows under another key.
SELECT count(*)
FROM internal.question_catalog
FULL JOIN configured ON configured.question_id = internal.question_catalog.question_id
WHERE
    internal.question_catalog.question_id IS NULL
    OR configured.question_key IS DISTINCT FROM internal.question_catalog.question_key
