CREATE OR REPLACE VIEW main.${view} AS
SELECT member.${column}, member.lists${columns}
FROM (
    SELECT ${column}, list(DISTINCT "list" ORDER BY "list") AS lists${names}
    FROM main.${table}
    GROUP BY ${column}
) AS member
${joins}
