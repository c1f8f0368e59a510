-- What the lists say about each company.
SELECT domain, list(attributes ORDER BY "list", row_number) AS own_columns
FROM domains
GROUP BY domain;
