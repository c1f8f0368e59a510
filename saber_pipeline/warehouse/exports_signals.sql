-- The signals of some days, and where their rows are.
CREATE OR REPLACE TEMP TABLE exported_signals AS
SELECT signal_id, row_place, "day"
FROM (
    SELECT signal_id, rowid AS row_place, day_of(completed_at, created_at, landed_at)::VARCHAR AS "day"
    FROM answers.main.signals
)
WHERE "day" IN (SELECT unnest($days::VARCHAR[]))
