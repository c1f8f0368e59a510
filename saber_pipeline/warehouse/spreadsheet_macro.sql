-- A text that a spreadsheet would run as a formula gets an apostrophe in front. Numbers, phone numbers and a lone sign stay.
CREATE TEMP MACRO for_spreadsheets(cell) AS CASE
    WHEN regexp_matches(cell, '^[=@\t\r]') THEN '''' || cell
    WHEN regexp_matches(cell, '^[+-]') AND NOT regexp_matches(cell, '^[+-]?[0-9 ().,/%+-]*$') THEN '''' || cell
    ELSE cell
END
