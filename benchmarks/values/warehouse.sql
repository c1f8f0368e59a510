-- What the tables say, one line for each answer and each signal, to compare contenders by. Numbers as DOUBLE, money as
-- DECIMAL(38, 4), whatever type a contender keeps them in.
SELECT subject, 'open_text' AS about, value FROM answers_open_text
UNION ALL SELECT subject, 'url', value FROM answers_url
UNION ALL SELECT subject, 'number', value::DOUBLE::VARCHAR FROM answers_number
UNION ALL SELECT subject, 'boolean', value::BOOLEAN::VARCHAR FROM answers_boolean
UNION ALL SELECT subject, 'list', array_to_string(value, '|') FROM answers_list
UNION ALL SELECT subject, 'percentage', value::DOUBLE::VARCHAR || ' ' || unit FROM answers_percentage
UNION ALL SELECT subject, 'currency', value::DECIMAL(38, 4)::VARCHAR || ' ' || currency FROM answers_currency
UNION ALL
SELECT subject, 'contacts', string_agg(full_name || ' ' || follower_count::BIGINT, '|' ORDER BY position)
FROM answers_contacts GROUP BY subject
UNION ALL
SELECT subject, 'contact_posts', string_agg(post_url || ' ' || post_text, '|' ORDER BY position)
FROM answers_contact_posts GROUP BY subject
UNION ALL
SELECT subject, 'json_schema', concat_ws('|', value::JSON ->> '$.raised', value::JSON ->> '$.round.stage')
FROM answers_json_schema
UNION ALL
SELECT subject, 'signal ' || answer_type, concat_ws('|', status, confidence::DOUBLE, md5(reasoning)) FROM signals
UNION ALL
SELECT signals.subject, 'sources ' || signals.answer_type, string_agg(sources.url, '|' ORDER BY sources.position)
FROM sources JOIN signals ON signals.signal_id = sources.signal_id
GROUP BY signals.subject, signals.answer_type
