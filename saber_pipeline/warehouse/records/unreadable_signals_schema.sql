-- Signals that cannot be read, as the API sent them. Their pairs are not bought again unless forced: signals has them as failed, with the error code UNREADABLE_REPLY.
CREATE TABLE unreadable_signals (
    row_id VARCHAR,  -- A hash of the bytes, so equal replies are one row.
    signal_id VARCHAR,  -- Id of the signal, where it was asked for by its id or its text shows one.
    subject VARCHAR,  -- Company or contact, where it was asked for or the text shows one.
    question VARCHAR,  -- The question, where the text shows one.
    raw VARCHAR,  -- The reply as text. Bytes that are not UTF-8 are replaced here, and kept in landing.
    seen_at TIMESTAMP  -- When it was first read here, UTC.
);
