-- Answers to the ten questions of the report's benchmark about $companies companies, half of them in each of two lists, as long
-- as real ones are: a reasoning of two sentences, three sources. One pair in eleven is not known, one in fifty has failed.
CREATE TEMP TABLE pairs AS
SELECT
    md5(i::VARCHAR || asked.key) AS signal_id, printf('company%05d.com', i) AS subject, asked.question_id, asked.answer_type,
    asked.key, (hash(i, asked.key) % 1000000)::BIGINT AS dice, dice % 50 = 0 AS has_failed, dice % 11 > 0 AS is_known
FROM range($companies) AS t(i), asked;

INSERT INTO internal.list_entries BY NAME
SELECT
    printf('list_%d', i % 2) AS "list", 'company' AS subject_type, i // 2 + 1 AS row_number,
    printf('company%05d.com', i) AS raw_value, printf('company%05d.com', i) AS subject, 'used' AS outcome, true AS is_first,
    to_json({
        'company': printf('Company %05d Holding', i), 'owner': ['dana', 'miro', 'lena', 'sam'][i % 4 + 1],
        'country': ['DE', 'FR', 'US', 'JP', 'BR'][i % 5 + 1]
    }) AS attributes
FROM range($companies) AS t(i);

INSERT INTO answers_boolean BY NAME
SELECT signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.9 AS confidence, dice % 3 > 0 AS "value"
FROM pairs WHERE answer_type = 'boolean' AND is_known AND NOT has_failed;

INSERT INTO answers_number BY NAME
SELECT signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.9 AS confidence, round(10 ** (dice % 500 / 100)) AS "value"
FROM pairs WHERE answer_type = 'number' AND is_known AND NOT has_failed;

INSERT INTO answers_percentage BY NAME
SELECT signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.8 AS confidence, dice % 900 / 10 AS "value", '%' AS unit
FROM pairs WHERE answer_type = 'percentage' AND is_known AND NOT has_failed;

INSERT INTO answers_currency BY NAME
SELECT
    signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.7 AS confidence,
    round(10 ** (3 + dice % 700 / 100)) AS "value", ['EUR', 'USD', 'JPY', 'GBP', 'CAD'][dice % 5 + 1] AS currency
FROM pairs WHERE answer_type = 'currency' AND is_known AND NOT has_failed;

INSERT INTO answers_url BY NAME
SELECT
    signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.9 AS confidence,
    'https://' || subject || '/about/careers' AS "value"
FROM pairs WHERE answer_type = 'url' AND is_known AND NOT has_failed;

INSERT INTO answers_open_text BY NAME
SELECT
    signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.8 AS confidence,
    'Sells planning software to manufacturers with ' || dice % 900 || ' sites, and helps them to waste less.' AS "value"
FROM pairs WHERE answer_type = 'open_text' AND is_known AND NOT has_failed;

INSERT INTO answers_list BY NAME
SELECT
    signal_id, subject, question_id, $now::TIMESTAMP AS completed_at, 0.8 AS confidence,
    [['AWS', 'SAP', 'Jira', 'Slack', 'Figma', 'Okta'][dice % 6 + 1], ['Stripe', 'Zendesk', 'Workday'][dice % 3 + 1]] AS "value"
FROM pairs WHERE answer_type = 'list' AND is_known AND NOT has_failed;

INSERT INTO signals BY NAME
WITH said AS (
    SELECT signal_id, to_json("value") AS "value", NULL AS unit, NULL AS currency FROM answers_boolean
    UNION ALL SELECT signal_id, to_json("value"), NULL, NULL FROM answers_number
    UNION ALL SELECT signal_id, to_json("value"), unit, NULL FROM answers_percentage
    UNION ALL SELECT signal_id, to_json("value"::DOUBLE), NULL, currency FROM answers_currency
    UNION ALL SELECT signal_id, to_json("value"), NULL, NULL FROM answers_url
    UNION ALL SELECT signal_id, to_json("value"), NULL, NULL FROM answers_open_text
    UNION ALL SELECT signal_id, to_json("value"), NULL, NULL FROM answers_list
)
SELECT
    pairs.signal_id, 'company' AS subject_type, pairs.subject, pairs.question_id, asked.question, pairs.answer_type,
    CASE WHEN has_failed THEN 'failed' ELSE 'completed' END AS status, $now::TIMESTAMP AS created_at,
    CASE WHEN NOT has_failed THEN $now::TIMESTAMP END AS completed_at,
    CASE WHEN is_known AND NOT has_failed THEN 0.8 END AS confidence,
    CASE WHEN has_failed THEN 'The pages could not be read' END AS error,
    CASE WHEN NOT has_failed THEN printf(
        'The pages of %s and several independent sources were compared, and the newest was preferred where they differed (%d). '
        || 'The register of companies and three job openings say the same.', pairs.subject, dice % 100000
    ) END AS reasoning,
    CASE WHEN said.signal_id IS NOT NULL THEN json_object(
        'type', pairs.answer_type,
        pairs.answer_type, json_object('value', said."value", 'unit', said.unit, 'currency', said.currency)
    ) END AS answer_json,
    CASE WHEN said.signal_id IS NOT NULL THEN true END AS answer_typed, 'strict' AS verification_mode, $now::TIMESTAMP AS landed_at
FROM pairs
JOIN asked USING (question_id)
LEFT JOIN said ON said.signal_id = pairs.signal_id;

INSERT INTO sources BY NAME
SELECT
    signal_id, place::INTEGER AS "position", ['https://', 'https://news.example/', 'https://register.example/'][place + 1] || subject AS url,
    ['The company itself', 'News about it', 'The register of companies'][place + 1] AS title, 'As of this year.' AS snippet
FROM pairs, range(3) AS t(place)
WHERE NOT has_failed;
