-- One piece of the landed files, a row for each line that holds a signal. Fields are read as text or JSON, so
-- that no value can fail the load, and JSON's null is NULL; a line that is no JSON object becomes a row of NULLs and falls out.
-- A completed signal always gets a time, or no view could tell that it is newer than another one: its own, otherwise
-- when it was made or, where the API does not say that either, landed. The plan counts its age from the same time.
CREATE OR REPLACE TEMP TABLE landed AS
SELECT
    question_id,
    coalesce(force_refreshed, false) AS force_refreshed,
    utc_time(landed_at) AS landed_at,
    parse_filename(filename) AS landed_file,
    subject AS subject_bought,
    mismatch,
    signal.* REPLACE (
        plain_status(signal.status) AS status,
        utc_time(signal.createdAt) AS createdAt,
        coalesce(
            utc_time(signal.completedAt),
            CASE WHEN plain_status(signal.status) = 'completed'
                THEN coalesce(utc_time(signal.createdAt), utc_time(line.landed_at)) END
        ) AS completedAt
    )
FROM read_json(
    $files,
    format = 'newline_delimited',
    compression = $compression,
    ignore_errors = true,
    filename = true,
    maximum_object_size = $longest_line_bytes,
    columns = {
        question_id: 'VARCHAR',
        subject: 'VARCHAR',
        mismatch: 'VARCHAR',
        force_refreshed: 'BOOLEAN',
        landed_at: 'VARCHAR',
        signal: 'STRUCT(
            id VARCHAR, signalType VARCHAR, "domain" VARCHAR, contactProfileUrl VARCHAR, question VARCHAR,
            answerType VARCHAR, status VARCHAR, createdAt VARCHAR, completedAt VARCHAR, confidence VARCHAR,
            reasoning VARCHAR, error VARCHAR, errorCode VARCHAR, errorAction VARCHAR, verificationMode VARCHAR,
            answer JSON, sources STRUCT(url VARCHAR, title VARCHAR, snippet VARCHAR)[], metadata JSON, company JSON,
            changeContext JSON
        )'
    }
) AS line
WHERE signal.id IS NOT NULL
