-- The same of the tables that dlt makes by itself: one for each nested list, and columns by the types it met.
SELECT domain AS subject, 'open_text' AS about, answer__open_text__value AS value
FROM signals WHERE answer__open_text__value IS NOT NULL
UNION ALL SELECT domain, 'url', answer__url__value FROM signals WHERE answer__url__value IS NOT NULL
UNION ALL
SELECT domain, 'number', answer__number__value::DOUBLE::VARCHAR FROM signals WHERE answer__number__value IS NOT NULL
UNION ALL
SELECT domain, 'boolean', answer__boolean__value::VARCHAR FROM signals WHERE answer__boolean__value IS NOT NULL
UNION ALL
SELECT signals.domain, 'list', string_agg(item.value, '|' ORDER BY item._dlt_list_idx)
FROM signals__answer__list__value AS item JOIN signals ON signals._dlt_id = item._dlt_parent_id
GROUP BY signals.domain
UNION ALL
SELECT domain, 'percentage', $percentage::DOUBLE::VARCHAR || ' ' || answer__percentage__unit
FROM signals WHERE answer__percentage__unit IS NOT NULL
UNION ALL
SELECT domain, 'currency', $currency::DECIMAL(38, 4)::VARCHAR || ' ' || answer__currency__currency
FROM signals WHERE answer__currency__currency IS NOT NULL
UNION ALL
SELECT signals.domain, 'contacts', string_agg(item.full_name || ' ' || item.follower_count, '|' ORDER BY item._dlt_list_idx)
FROM signals__answer__contacts__value AS item JOIN signals ON signals._dlt_id = item._dlt_parent_id
GROUP BY signals.domain
UNION ALL
SELECT signals.domain, 'contact_posts', string_agg(item.post_url || ' ' || item.post_text, '|' ORDER BY item._dlt_list_idx)
FROM signals__answer__contact_posts__value AS item JOIN signals ON signals._dlt_id = item._dlt_parent_id
GROUP BY signals.domain
UNION ALL
SELECT domain, 'json_schema', concat_ws('|', answer__json_schema__raised, answer__json_schema__round__stage)
FROM signals WHERE answer__type = 'json_schema'
UNION ALL
SELECT domain, 'signal ' || answer_type, concat_ws('|', status, confidence::DOUBLE, md5(reasoning)) FROM signals
UNION ALL
SELECT signals.domain, 'sources ' || signals.answer_type, string_agg(item.url, '|' ORDER BY item._dlt_list_idx)
FROM signals__sources AS item JOIN signals ON signals._dlt_id = item._dlt_parent_id
GROUP BY signals.domain, signals.answer_type
