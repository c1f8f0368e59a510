-- What the conditions of gated questions say of each subject. A condition that fails for a row, as a text that is
-- compared with a number may, is unknown for that one.
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
