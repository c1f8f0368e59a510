-- Answers of one value. A row goes where the question's type says, once it fits.
INSERT INTO answers_open_text BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, text_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'open_text';

INSERT INTO answers_url BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, text_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'url';

INSERT INTO answers_choice BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, text_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'choice';

INSERT INTO answers_number BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, number_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'number';

INSERT INTO answers_boolean BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, boolean_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'boolean';

INSERT INTO answers_list BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, list_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'list';

INSERT INTO answers_percentage BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, number_value AS value, unit, question_id
FROM coerced WHERE is_typed AND wanted = 'percentage';

INSERT INTO answers_currency BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, money_value AS value, currency, question_id
FROM coerced WHERE is_typed AND wanted = 'currency';

INSERT INTO answers_json_schema BY NAME
SELECT signal_id, subject, question_key, completed_at, confidence, nested_value AS value, question_id
FROM coerced WHERE is_typed AND wanted = 'json_schema';
