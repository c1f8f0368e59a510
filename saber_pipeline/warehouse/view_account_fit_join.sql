LEFT JOIN (
    SELECT
        subject,
        {
            'question_key': question_key, 'verdict': verdict, 'points': CASE verdict ${points} END,
            'weight': ${weight}, 'signal_id': signal_id
        } AS judged
    FROM (
${branch}
    )
    WHERE verdict IS NOT NULL
) AS ${alias} ON ${alias}.subject = account."domain"
