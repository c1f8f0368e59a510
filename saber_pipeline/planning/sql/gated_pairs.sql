UPDATE planned
SET
    status = CASE WHEN g.verdict = 'waiting' THEN 'waiting' ELSE 'held_back' END,
    due_because = CASE g.verdict
        WHEN 'waiting' THEN planned.due_because
        WHEN 'false' THEN 'its ask_if is false'
        WHEN 'unknown' THEN 'its ask_if is unknown'
        WHEN 'known' THEN 'the question before it has an answer'
        ELSE 'the question before it has no answer'
    END
FROM gated_pairs AS g
WHERE g.q = planned.q AND g.s = planned.s;
