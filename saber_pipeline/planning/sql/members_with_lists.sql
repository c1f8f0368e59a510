-- The planned subjects with all of their lists. list_members may contain the planned lists only.
SELECT s AS "member s", subject AS ${column}, lists
FROM subjects_by_number
LEFT JOIN (
    SELECT subject, list(DISTINCT "list" ORDER BY "list") AS lists
    FROM (
        SELECT "list", subject FROM list_members
        UNION ALL
        SELECT "list", ${column} AS subject
        FROM ${table}
        WHERE "list" NOT IN (SELECT "list" FROM asked_lists)
    )
    GROUP BY subject
) USING (subject)
