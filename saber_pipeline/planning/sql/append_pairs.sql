-- Insert pairs into a table, from rows with a question, a JSON list of subjects and a mark.
INSERT INTO $table
SELECT question_id, unnest(from_json(subjects, '["VARCHAR"]')) AS subject$mark
FROM (SELECT unnest(?::VARCHAR[]) AS question_id, unnest(?::VARCHAR[]) AS subjects, unnest(?::BOOLEAN[]) AS mark)
