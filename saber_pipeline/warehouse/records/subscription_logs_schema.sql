-- Which signals came from a subscription at Saber: one row for each execution.
CREATE TABLE subscription_signals (
    subscription VARCHAR,  -- Key of the subscription in sources.yaml, as it was called last.
    subscription_id VARCHAR,  -- Id of the subscription at Saber.
    signal_id VARCHAR,  -- The signal; joins to signals, sources, changes and the typed tables.
    seen_at TIMESTAMP  -- When it was first read here, UTC.
);
