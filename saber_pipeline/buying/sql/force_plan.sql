-- A forced run buys every pair of the plan anew, but those in flight, and those that another run of the same
-- refresh has bought since $since (NULL: this run is the whole of it).
UPDATE plan SET status = 'due', due_because = 'its refresh is forced'
WHERE status <> 'in_flight'
    AND (
        $since IS NULL
        OR (question_id, subject) NOT IN (SELECT (question_id, subject) FROM signals WHERE created_at >= $since)
    );
