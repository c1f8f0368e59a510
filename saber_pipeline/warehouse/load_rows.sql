-- Answers of several rows: contacts, posts, engagements. Items that are no objects are left out; a field that
-- does not fit its type is NULL. What came stays in signals.answer_json.
INSERT INTO ${table} BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, question_id, position, ${columns}
FROM (
    SELECT
        signal_id, subject, question_key, completed_at, confidence, question_id,
        unnest(json_transform(nested_value, ${shape})) AS item,
        unnest(kinds) AS kind,
        unnest(range(len(kinds)))::INTEGER AS position
    FROM (SELECT *, json_type(nested_value, '$$[*]') AS kinds FROM coerced WHERE is_typed AND wanted = ${family})
)
WHERE kind = 'OBJECT';
