CREATE TABLE unreadable_signals (
    row_id VARCHAR,
    signal_id VARCHAR,
    subject VARCHAR,
    question VARCHAR,
    raw VARCHAR,
    seen_at TIMESTAMP
);
COMMENT ON TABLE unreadable_signals IS 'Signals that cannot be read, as the API sent them. Their pairs are not bought again unless forced: signals has them as failed, with the error code UNREADABLE_REPLY.';
COMMENT ON COLUMN unreadable_signals.row_id IS 'A hash of the bytes, so equal replies are one row.';
COMMENT ON COLUMN unreadable_signals.signal_id IS 'Id of the signal, where it was asked for by its id or its text shows one.';
COMMENT ON COLUMN unreadable_signals.subject IS 'Company or contact, where it was asked for or the text shows one.';
COMMENT ON COLUMN unreadable_signals.question IS 'The question, where the text shows one.';
COMMENT ON COLUMN unreadable_signals.raw IS 'The reply as text. Bytes that are not UTF-8 are replaced here, and kept in landing.';
COMMENT ON COLUMN unreadable_signals.seen_at IS 'When it was first read here, UTC.';
