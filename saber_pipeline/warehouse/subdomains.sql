-- Companies whose domain is a subdomain of another company's: each with the longest such parent.
WITH known AS (SELECT DISTINCT domain FROM domains),
parents AS (
    SELECT
        domain,
        unnest(list_transform(
            range(2, len(string_split(domain, '.')) + 1),
            lambda i: array_to_string(list_slice(string_split(domain, '.'), i, -1), '.')
        )) AS parent
    FROM known
),
found AS (
    SELECT parents.domain, max_by(parents.parent, length(parents.parent)) AS parent
    FROM parents
    INNER JOIN known ON known.domain = parents.parent
    GROUP BY parents.domain
)
SELECT DISTINCT domains."list", found.domain, found.parent
FROM found
INNER JOIN domains USING (domain)
ORDER BY ALL
