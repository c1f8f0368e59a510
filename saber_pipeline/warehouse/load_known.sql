-- How many of the piece's signals the warehouse has already. Nearly always every line is a new signal, and nothing has
-- to be chosen. $first and $last are the bounds of load_span.sql: groups of rows that lie outside are not read, so
-- this does not grow with what is owned. What has no time there, or an odd one, may be any signal.
SELECT count(*)
FROM signals
WHERE
    (
        created_at BETWEEN $first::TIMESTAMP AND $last::TIMESTAMP
        OR created_at IS NULL
        OR created_at < TIMESTAMP '2000-01-01'
        OR created_at > TIMESTAMP '2200-01-01'
    )
    AND signal_id IN (SELECT id FROM landed);
