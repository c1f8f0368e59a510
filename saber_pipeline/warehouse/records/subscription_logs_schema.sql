CREATE TABLE subscription_signals (
    subscription VARCHAR,
    subscription_id VARCHAR,
    signal_id VARCHAR,
    seen_at TIMESTAMP
);
COMMENT ON TABLE subscription_signals IS 'Which signals came from a subscription at Saber: one row for each execution.';
COMMENT ON COLUMN subscription_signals.subscription IS 'Key of the subscription in sources.yaml, as it was called last.';
COMMENT ON COLUMN subscription_signals.subscription_id IS 'Id of the subscription at Saber.';
COMMENT ON COLUMN subscription_signals.signal_id IS 'The signal; joins to signals, sources, changes and the typed tables.';
COMMENT ON COLUMN subscription_signals.seen_at IS 'When it was first read here, UTC.';
