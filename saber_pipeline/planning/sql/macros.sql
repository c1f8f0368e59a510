-- Whether a failed signal failed for want of credits. The API's codes are an open set; see refusals.py.
CREATE OR REPLACE TEMP MACRO is_about_credits(error_code) AS
    regexp_matches(coalesce(error_code, ''), 'credit|payment|balance|quota', 'i');
