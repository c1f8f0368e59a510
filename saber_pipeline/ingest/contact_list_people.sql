-- How many people contact_list.sql would write.
SELECT count(*)
FROM found_contacts AS person
JOIN contact_search_finds AS found USING (contact_id)
WHERE found."search" = ? AND found.is_current AND person.contact_profile_url IS NOT NULL
