-- The rows of the slice as signals, with what they rest on.
INSERT INTO signals BY NAME
SELECT
    slice.id AS signal_id,
    CASE WHEN slice.signalType = 'CONTACT' OR slice.domain IS NULL THEN 'contact' ELSE 'company' END
        AS subject_type,
    CASE
        WHEN slice.signalType = 'CONTACT' OR slice.domain IS NULL THEN slice.contactProfileUrl
        ELSE lower(trim(slice.domain))
    END AS subject,
    catalog.question_key,
    slice.question,
    coalesce(slice.answerType, catalog.answer_type, coerced.wanted) AS answer_type,
    slice.status,
    utc_time(slice.createdAt) AS created_at,
    utc_time(slice.completedAt) AS completed_at,
    TRY_CAST(slice.confidence AS DOUBLE) AS confidence,
    slice.reasoning,
    slice.error,
    slice.errorCode AS error_code,
    slice.errorAction AS error_action,
    slice.verificationMode AS verification_mode,
    slice.force_refreshed,
    present(slice.answer) AS answer_json,
    present(slice.metadata) AS metadata,
    present(slice.company) AS company,
    slice.question_id,
    coerced.is_typed AS answer_typed,
    slice.landed_at,
    slice.landed_file
FROM slice
LEFT JOIN coerced ON coerced.signal_id = slice.id
LEFT JOIN question_catalog AS catalog ON catalog.question_id = slice.question_id;

INSERT INTO sources BY NAME
SELECT signal_id, position, source.url, source.title, source.snippet
FROM (
    SELECT
        slice.id AS signal_id,
        unnest(json_transform(slice.sources, '[{"url": "VARCHAR", "title": "VARCHAR", "snippet": "VARCHAR"}]'))
            AS source,
        unnest(range(json_array_length(slice.sources)::BIGINT))::INTEGER AS position
    FROM slice
    WHERE json_type(slice.sources) = 'ARRAY'
)
WHERE source IS NOT NULL;

INSERT INTO changes BY NAME
SELECT
    signal_id,
    change.changeType AS change_type,
    change.previousSignalId AS previous_signal_id,
    change.changedFields AS changed_fields,
    change.addedFields AS added_fields,
    change.updatedFields AS updated_fields,
    change.removedFields AS removed_fields,
    present(change.changeDelta) AS delta
FROM (
    SELECT
        slice.id AS signal_id,
        json_transform(
            slice.changeContext,
            '{"changeType": "VARCHAR", "previousSignalId": "VARCHAR", "changedFields": ["VARCHAR"],
              "addedFields": ["VARCHAR"], "updatedFields": ["VARCHAR"], "removedFields": ["VARCHAR"],
              "changeDelta": "JSON"}'
        ) AS change
    FROM slice
    WHERE json_type(slice.changeContext) = 'OBJECT'
);
