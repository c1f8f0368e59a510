-- The current people of a search, as a contact list; what may change without a change
-- of the person (when they were seen) is left out.
SELECT
    person.contact_profile_url,
    person.* EXCLUDE (contact_id, contact_profile_url, searches, is_current, first_seen_at, last_seen_at)
FROM found_contacts AS person
JOIN contact_search_finds AS found USING (contact_id)
WHERE found."search" = ? AND found.is_current AND person.contact_profile_url IS NOT NULL
ORDER BY person.contact_profile_url
