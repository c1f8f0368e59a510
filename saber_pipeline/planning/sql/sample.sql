-- A fixed choice of $number subjects of $lists. In: list_members(list, subject), signals.
-- Subjects with an answer to any question come first, because they cost less or nothing. A hash orders the others, so
-- that every question and every run draws the same subjects.
SELECT member.subject
FROM (
    SELECT DISTINCT subject FROM list_members WHERE list IN (SELECT unnest($lists::VARCHAR[]))
) AS member
LEFT JOIN (SELECT DISTINCT subject FROM signals WHERE status = 'completed') AS bought ON bought.subject = member.subject
ORDER BY bought.subject IS NULL, md5('saber sample' || member.subject), member.subject
LIMIT $number
