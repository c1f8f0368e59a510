-- Where the rows of those signals are in a table: read by its narrowest column, so that its other columns are read only
-- where they are.
CREATE OR REPLACE TEMP TABLE exported_rows AS
SELECT told.rowid AS row_place, exported_signals."day"
FROM answers.main.${table} AS told
JOIN exported_signals ON exported_signals.signal_id = told.signal_id
