-- Whether a failed signal failed for want of credits. The API's codes are an open set: a word in another one says nothing.
CREATE OR REPLACE TEMP MACRO is_about_credits(error_code) AS coalesce(error_code, '') = 'PAYMENT_REQUIRED';
