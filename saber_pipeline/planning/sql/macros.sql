-- Whether a signal failed for lack of credits. The API's codes are an open set, so parts of other codes prove nothing.
CREATE OR REPLACE TEMP MACRO is_about_credits(error_code) AS coalesce(error_code, '') = 'PAYMENT_REQUIRED';
