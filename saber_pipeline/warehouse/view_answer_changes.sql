-- Each completed version of an answer beside the one before it, where the two say something else.
-- What an answer says is one text (said), or a set of items: an item's mark is what makes it another one, its
-- name what it is called in added_items and removed_items, its label what it reads like.
-- Completed versions of an answer that differ from the previous version: the one the API compared with if it is here, else the previous one by time. First and unchanged versions are left out.
CREATE OR REPLACE VIEW main.answer_changes AS
WITH versions AS MATERIALIZED (
    SELECT
        subject_type, subject, question_key, answer_type, answer_typed, signal_id,
        coalesce(completed_at, created_at) AS changed_at,
        lag(signal_id) OVER (
            PARTITION BY subject, question_key
            ORDER BY completed_at NULLS FIRST, created_at NULLS FIRST, signal_id
        ) AS earlier_signal_id
    FROM main.signals
    WHERE
        status = 'completed'
        AND (subject, question_key) IN (
            SELECT (subject, question_key)
            FROM main.signals
            WHERE status = 'completed' AND question_key IS NOT NULL
            GROUP BY subject, question_key
            HAVING count(*) > 1
        )
),
steps AS MATERIALIZED (
    SELECT
        new.*,
        old.signal_id AS previous_signal_id,
        old.answer_typed AS previous_typed,
        CASE
            -- What the API says holds against the signal it names. It may name one that is not ours.
            WHEN change.previous_signal_id IS NULL OR change.previous_signal_id = old.signal_id
                THEN nullif(change.change_type, 'INITIAL')
        END AS change_type,
        CASE
            WHEN change.previous_signal_id = old.signal_id AND ${has_matches} THEN json_transform(
                change.delta,
                '{"type": "VARCHAR", "matched": [{"previous": "VARCHAR", "current": "VARCHAR"}]}'
            )
        END AS delta
    FROM versions AS new
    LEFT JOIN main.changes AS change ON change.signal_id = new.signal_id
    LEFT JOIN versions AS told
        ON told.signal_id = change.previous_signal_id
        AND told.signal_id <> new.signal_id
        AND told.subject = new.subject
        AND told.question_key = new.question_key
    JOIN versions AS old ON old.signal_id = coalesce(told.signal_id, new.earlier_signal_id)
),
items AS (
    ${items}
),
answers AS MATERIALIZED (
    ${answers}
    UNION ALL
    -- An answer that fits no typed table is compared as it came.
    SELECT signal_id, answer_json::VARCHAR, answer_json::VARCHAR, NULL, NULL, NULL
    FROM main.signals
    WHERE NOT answer_typed AND signal_id IN (SELECT signal_id FROM versions)
    UNION ALL
    SELECT
        signal_id, NULL, NULL, NULL, NULL,
        list({'place': place, 'name': name, 'mark': name || chr(10) || content, 'label': label})
    FROM items
    GROUP BY signal_id
),
pairs AS (
    SELECT
        step.*,
        old.said AS old_said,
        new.said AS new_said,
        old.shown AS old_shown,
        new.shown AS new_shown,
        CASE WHEN old.currency IS NOT DISTINCT FROM new.currency THEN round(new.number - old.number, 10) END
            AS difference,
        old.number AS old_number,
        step.previous_typed IS NOT NULL AS was_known,
        step.answer_typed IS NOT NULL AS is_known,
        coalesce(old.items, new.items) IS NOT NULL
            AND step.previous_typed IS NOT FALSE AND step.answer_typed IS NOT FALSE AS has_items,
        coalesce(old.items, []) AS old_items,
        coalesce(new.items, []) AS new_items
    FROM steps AS step
    LEFT JOIN answers AS old ON old.signal_id = step.previous_signal_id
    LEFT JOIN answers AS new ON new.signal_id = step.signal_id
),
marked AS (
    SELECT
        *,
        list_transform(old_items, lambda item: item.name) AS old_names,
        list_transform(new_items, lambda item: item.name) AS new_names,
        list_transform(old_items, lambda item: item.mark) AS old_marks,
        list_transform(new_items, lambda item: item.mark) AS new_marks,
        -- Items in other words that the API matched: they say the same.
        CASE WHEN ${matches} THEN coalesce(delta.matched, []) ELSE [] END AS matched
    FROM pairs
),
reworded AS (
    SELECT
        *,
        list_filter(
            list_transform(matched, lambda pair: {'old': trim(pair.previous), 'new': trim(pair.current)}),
            lambda pair: list_contains(old_names, pair.old) AND list_contains(new_names, pair.new)
        ) AS same
    FROM marked
),
told AS (
    SELECT
        *,
        list_filter(
            old_items,
            lambda item: NOT list_contains(new_marks, item.mark)
                AND NOT list_contains(list_transform(same, lambda pair: pair.old), item.name)
        ) AS gone,
        list_filter(
            new_items,
            lambda item: NOT list_contains(old_marks, item.mark)
                AND NOT list_contains(list_transform(same, lambda pair: pair.new), item.name)
        ) AS come
    FROM reworded
),
changed AS (
    SELECT
        *,
        list_sort(list_distinct(list_transform(come, lambda item: item.name))) AS come_names,
        list_sort(list_distinct(list_transform(gone, lambda item: item.name))) AS gone_names,
        -- An object is shown by the properties that differ, other answers as a whole.
        list_transform(
            list_sort(CASE WHEN ${is_object} THEN gone ELSE old_items END), lambda item: item.label
        )
            AS old_labels,
        list_transform(
            list_sort(CASE WHEN ${is_object} THEN come ELSE new_items END), lambda item: item.label
        )
            AS new_labels
    FROM told
    WHERE
        was_known <> is_known
        OR (was_known AND is_known AND has_items AND (len(gone) > 0 OR len(come) > 0))
        OR (
            was_known AND is_known AND NOT has_items AND old_said IS DISTINCT FROM new_said
            -- Free text is never worded the same way twice: whether it says something else, the API knows better.
            AND NOT (${api_knows} AND change_type IS NOT DISTINCT FROM 'NO_CHANGE')
        )
)
SELECT
    changed.subject_type,  -- company or contact.
    changed.subject,  -- Company domain (lower case, ASCII) or contact profile URL.
    changed.question_key,  -- Key in questions.yaml.
    changed.answer_type,  -- The answer type that was asked for.
    CASE WHEN NOT was_known THEN 'added' WHEN NOT is_known THEN 'removed' ELSE 'changed' END AS kind,  -- changed; added: it was not known before; removed: it is not known any more.
    coalesce(nullif(change_type, 'NO_CHANGE'), 'CHANGED') AS change_type,  -- The API's word: CHANGED, MINOR_CHANGE or MAJOR_CHANGE; CHANGED where it sends none for this pair of versions.
    CASE WHEN was_known THEN coalesce(old_shown, nullif(array_to_string(old_labels, '; '), ''), '(none)') END
        AS old_value,  -- The version before, as text; NULL when it was not known. Of a json_schema answer, the properties that differ.
    CASE WHEN is_known THEN coalesce(new_shown, nullif(array_to_string(new_labels, '; '), ''), '(none)') END
        AS new_value,  -- This version, as text; NULL when it is not known. Of a json_schema answer, the properties that differ.
    old_signal.answer_json AS old_answer,  -- The version before, as it came.
    new_signal.answer_json AS new_answer,  -- This version, as it came.
    CASE WHEN has_items THEN list_filter(come_names, lambda name: NOT list_contains(old_names, name)) END
        AS added_items,  -- New items: list items, profile URLs (or names) of contacts, URLs of posts, kind and URL of engagements, names of properties. NULL for other types.
    CASE WHEN has_items THEN list_filter(gone_names, lambda name: NOT list_contains(new_names, name)) END
        AS removed_items,  -- Removed items, in the same form.
    CASE
        WHEN has_items THEN list_filter(
            list_sort(list_distinct(list_concat(come_names, gone_names))),
            lambda name: list_contains(old_names, name) AND list_contains(new_names, name)
        )
    END AS updated_items,  -- Items with changed content: headline of a contact, text of a post or comment, value of a property.
    difference,  -- New minus old, for number, percentage (in points) and currency (when both have the same one).
    round(100 * difference / nullif(abs(old_number), 0), 2) AS percent_change,  -- The difference in percent of the old value; NULL when that is 0.
    previous_signal_id,  -- The version before; joins to signals and sources.
    changed.signal_id,  -- This version; joins to signals and sources.
    changed_at  -- When the API finished this version, UTC.
FROM changed
JOIN main.signals AS old_signal ON old_signal.signal_id = changed.previous_signal_id
JOIN main.signals AS new_signal ON new_signal.signal_id = changed.signal_id
