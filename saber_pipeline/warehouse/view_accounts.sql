CREATE OR REPLACE VIEW main.accounts AS
SELECT account."domain", account.lists${columns}
FROM (
    SELECT "domain", list(DISTINCT "list" ORDER BY "list") AS lists
    FROM main."domains"
    GROUP BY "domain"
) AS account
${joins}
