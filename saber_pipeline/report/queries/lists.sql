-- The lists.
SELECT "list" FROM domains
UNION
SELECT "list" FROM contact_profiles
ORDER BY "list";
