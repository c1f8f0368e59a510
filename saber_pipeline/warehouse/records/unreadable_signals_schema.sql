CREATE TABLE unreadable_signals (
    row_id VARCHAR,
    signal_id VARCHAR,
    subject VARCHAR,
    question VARCHAR,
    raw VARCHAR,
    seen_at TIMESTAMP
);
COMMENT ON TABLE unreadable_signals IS 'Signals that nothing can read, as the API sent them. Pairs that were bought with them are held back: signals has them failed, with the error code UNREADABLE_REPLY.';
COMMENT ON COLUMN unreadable_signals.row_id IS 'Made of the bytes, so that the same ones are one row.';
COMMENT ON COLUMN unreadable_signals.signal_id IS 'Id of the signal, where it was asked for by its id or its text shows one.';
COMMENT ON COLUMN unreadable_signals.subject IS 'Company or contact, where it was asked for or the text shows one.';
COMMENT ON COLUMN unreadable_signals.question IS 'The question, where the text shows one.';
COMMENT ON COLUMN unreadable_signals.raw IS 'What came, as text; bytes that are no UTF-8 are replaced here and whole in landing.';
COMMENT ON COLUMN unreadable_signals.seen_at IS 'When it was first read here, UTC.';
