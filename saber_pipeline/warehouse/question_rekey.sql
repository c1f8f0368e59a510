UPDATE ${table} SET question_key = catalog.question_key
FROM internal.question_catalog AS catalog
WHERE catalog.question_id = ${table}.question_id
    AND catalog.question_key IS DISTINCT FROM ${table}.question_key
