-- The conditions of gated questions, computed for each subject. A condition that raises an error for a row (a text
-- compared with a number, say) is unknown for this row.
CREATE OR REPLACE TEMP TABLE verdicts AS
SELECT "member s" AS s${verdicts}
FROM (
    SELECT *${conditions}
    FROM (
        SELECT member.*${columns}
        FROM (${members}) AS member
        ${joins}
    ) AS ${view}
) AS computed;
