-- A mark for each day, which is another one when signals of that day have changed. Only narrow columns are read: a
-- signal is of one landed file, and is replaced with it. What is changed in place is its key, whether it was forced,
-- and its company, which comes once.
SELECT "day"::VARCHAR, md5(string_agg(part, ' ' ORDER BY part))
FROM (
    SELECT
        "day",
        concat_ws('|', coalesce(landed_file, ''), coalesce(question_key, ''), was_forced, has_company, count(*)) AS part
    FROM (
        SELECT
            day_of(completed_at, created_at, landed_at) AS "day",
            landed_file,
            question_key,
            coalesce(force_refreshed, false) AS was_forced,
            company IS NOT NULL AS has_company
        FROM answers.main.signals
    )
    GROUP BY "day", landed_file, question_key, was_forced, has_company
)
GROUP BY "day"
