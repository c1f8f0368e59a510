-- Every row of a list in its order: the user's own cells, then what is known of its company for each question.
-- Filled in: the list, the questions' keys, a column of told rows for each part of an answer, the cells, and which rows.
WITH told AS (
    SELECT domain, question_key, value, outcome, confidence, source_url, age_days, completed_at
    FROM answers.account_answers
    WHERE question_key IN (SELECT unnest(${keys}::VARCHAR[]))
      AND domain IN (SELECT domain FROM answers.domains WHERE "list" = ${list})
),
companies AS (
    SELECT domain, max(completed_at) AS newest${pivoted}
    FROM told
    GROUP BY domain
)
SELECT member.row_number AS "row number"${cells}
FROM answers.internal.list_entries AS member
LEFT JOIN companies AS company ON company.domain = member.subject
WHERE member."list" = ${list} AND member.subject_type = 'company' AND member.is_first AND ${which}
