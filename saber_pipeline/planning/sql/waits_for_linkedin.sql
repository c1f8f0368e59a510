-- The number of pairs of the plan that failed for lack of a LinkedIn connection and are not due again yet.
-- In: planned and others, as plan.sql leaves them.
WITH asked AS (
    SELECT q, s
    FROM others
    WHERE status = 'failed'
    GROUP BY q, s
    HAVING arg_max({'code': error_code}, ended_at).code = 'LINKEDIN_CONNECTOR_REQUIRED'
)
SELECT count(*) FROM planned SEMI JOIN asked USING (q, s) WHERE planned.status = 'failed';
