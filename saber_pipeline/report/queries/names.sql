-- What each company is called: as Saber told it, or else as the list says.
SELECT
    member.domain,
    any_value(company."name") AS company_name,
    list(member.attributes ORDER BY member."list", member.row_number) AS own_columns
FROM domains AS member
LEFT JOIN companies AS company ON company.domain = member.domain
GROUP BY member.domain;
