-- The day of a signal: when it was completed, else when it was created. A time that no calendar of a reader has (some
-- begin in 1900, some end in 2262) counts as none; when it was landed is always known.
CREATE OR REPLACE TEMP MACRO usual(t) AS CASE WHEN t >= TIMESTAMP '1900-01-01' AND t < TIMESTAMP '2262-01-01' THEN t END;
CREATE OR REPLACE TEMP MACRO day_of(completed, created, landed) AS
    coalesce(usual(completed), usual(created), usual(landed), TIMESTAMP '1970-01-01')::DATE;
