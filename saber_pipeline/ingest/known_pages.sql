-- The LinkedIn page of each company of which one is known; a handle counts where it is one with its kind in front.
SELECT "domain", coalesce(linkedin_url, handle) AS page
FROM companies
WHERE linkedin_url IS NOT NULL OR contains(handle, '/')
