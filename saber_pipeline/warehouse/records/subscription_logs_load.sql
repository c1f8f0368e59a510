-- An execution is read again where windows overlap, and after a crash; its first sighting counts.
CREATE OR REPLACE TEMP TABLE seen_executions AS
SELECT
    about ->> '$.subscription' AS subscription,
    about ->> '$.subscription_id' AS subscription_id,
    record ->> '$.id' AS signal_id,
    landed_at AS seen_at
FROM landed_records
WHERE (record ->> '$.id') IS NOT NULL AND (about ->> '$.subscription_id') IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY subscription_id, signal_id ORDER BY landed_at) = 1;

INSERT INTO subscription_signals BY NAME
SELECT seen.*
FROM seen_executions AS seen
ANTI JOIN subscription_signals AS known USING (subscription_id, signal_id);

UPDATE subscription_signals AS known
SET subscription = renamed.subscription
FROM (
    SELECT subscription_id, arg_max(subscription, seen_at) AS subscription FROM seen_executions GROUP BY subscription_id
) AS renamed
WHERE renamed.subscription_id = known.subscription_id AND renamed.subscription <> known.subscription;

DROP TABLE seen_executions;
