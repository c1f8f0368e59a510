-- Properties, without those that are null. Nested objects are spelled out sorted, and 1.0 as 1.
SELECT
    signal_id,
    name,
    array_to_string(
        list_sort(list(
            part.fullkey || ' ' || regexp_replace(coalesce(part.atom::VARCHAR, part."type"), '\.0$$', '')
        )),
        chr(10)
    ) AS content,
    name || ': ' || any_value(shown) AS label,
    any_value(place) AS place
FROM (
    SELECT
        answer.signal_id, property."key" AS name, property.value ->> '$$' AS shown, property.id AS place,
        property.value
    FROM main.answers_json_schema AS answer, json_each(answer.value) AS property
    WHERE answer.signal_id IN (SELECT signal_id FROM versions) AND property."type" <> 'NULL'
) AS property, json_tree(property.value) AS part
WHERE part."type" <> 'NULL'
GROUP BY signal_id, name
