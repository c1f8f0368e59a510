-- The rows of the piece as signals, with what they rest on.
INSERT INTO signals BY NAME
SELECT
    landed.id AS signal_id,
    CASE
        WHEN is_about_contact(landed.signalType, landed.domain, landed.contactProfileUrl) THEN 'contact'
        ELSE 'company'
    END AS subject_type,
    subject_of(landed.subject_bought, landed.signalType, landed.domain, landed.contactProfileUrl) AS subject,
    catalog.question_key,
    landed.question,
    coalesce(landed.answerType, catalog.answer_type, coerced.wanted) AS answer_type,
    landed.status,
    landed.createdAt AS created_at,
    landed.completedAt AS completed_at,
    finite(TRY_CAST(landed.confidence AS DOUBLE)) AS confidence,
    landed.reasoning,
    error_text(landed.error) AS error,
    landed.errorCode AS error_code,
    landed.errorAction AS error_action,
    landed.verificationMode AS verification_mode,
    landed.force_refreshed,
    landed.answer AS answer_json,
    landed.metadata AS metadata,
    landed.company AS company,
    CASE WHEN landed.status IN ('completed', 'failed') THEN is_degraded(landed.metadata) END AS degraded,
    CASE WHEN degraded THEN degraded_reason(landed.metadata) END AS degraded_reason,
    catalog.template_id,
    catalog.template_version,
    landed.mismatch,
    landed.question_id,
    coerced.is_typed AS answer_typed,
    landed.landed_at,
    landed.landed_file
FROM landed
LEFT JOIN coerced ON coerced.line = landed.rowid
LEFT JOIN internal.question_catalog AS catalog ON catalog.question_id = landed.question_id;

INSERT INTO sources BY NAME
SELECT signal_id, position, source.url, source.title, source.snippet
FROM (
    SELECT id AS signal_id, unnest(sources) AS source, unnest(range(len(sources)))::INTEGER AS position FROM landed
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
        landed.id AS signal_id,
        json_transform(
            landed.changeContext,
            '{"changeType": "VARCHAR", "previousSignalId": "VARCHAR", "changedFields": ["VARCHAR"],
              "addedFields": ["VARCHAR"], "updatedFields": ["VARCHAR"], "removedFields": ["VARCHAR"],
              "changeDelta": "JSON"}'
        ) AS change
    FROM landed
    WHERE starts_with(landed.changeContext::VARCHAR, '{')
);
