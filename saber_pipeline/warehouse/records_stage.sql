-- One piece of landed objects that are no signals, a row for each line that holds one.
CREATE OR REPLACE TEMP TABLE landed_records AS
SELECT utc_time(landed_at) AS landed_at, about, record, parse_filename(filename) AS landed_file
FROM read_json(
    $files,
    format = 'newline_delimited',
    compression = $compression,
    ignore_errors = true,
    filename = true,
    maximum_object_size = $longest_line_bytes,
    columns = {landed_at: 'VARCHAR', about: 'JSON', record: 'JSON'}
)
WHERE record IS NOT NULL;
