-- How much there is.
SELECT
    (SELECT count(DISTINCT domain) FROM domains) AS companies,
    (SELECT count(DISTINCT contact_profile_url) FROM contact_profiles) AS people,
    (SELECT count(*) FROM (SELECT DISTINCT "list" FROM domains UNION ALL SELECT DISTINCT "list" FROM contact_profiles))
        AS lists,
    (SELECT count(DISTINCT question_key) FROM signals) AS questions,
    (SELECT count(*) FROM latest_answers WHERE answer_json IS NOT NULL) AS answers,
    (SELECT count(*) FROM latest_answers WHERE answer_json IS NULL) AS not_known,
    (SELECT count(*) FROM latest_answers WHERE degraded) AS without_linkedin,
    (SELECT count(*) FROM sources SEMI JOIN latest_answers USING (signal_id)) AS sources,
    (SELECT strftime(max(completed_at), '%Y-%m-%d %H:%M') FROM signals) AS newest_answer_utc;
