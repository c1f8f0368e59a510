-- The same of what plain Python read from the API's pages.
SELECT subject, about, coalesce(
    text,
    number::VARCHAR || coalesce(' ' || unit, ''),
    money::DECIMAL(38, 4)::VARCHAR || ' ' || unit
) AS value
FROM read_json($file, format = 'newline_delimited', columns = {
    subject: 'VARCHAR', about: 'VARCHAR', text: 'VARCHAR', number: 'DOUBLE', money: 'VARCHAR', unit: 'VARCHAR'
})
