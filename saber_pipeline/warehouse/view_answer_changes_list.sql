-- The items of a list, by what they say.
SELECT signal_id, trim(item) AS name, '' AS content, trim(item) AS label, place
FROM (
    SELECT signal_id, unnest(value) AS item, generate_subscripts(value, 1) AS place
    FROM main.answers_list
    WHERE signal_id IN (SELECT signal_id FROM versions)
)
