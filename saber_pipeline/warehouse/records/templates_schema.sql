CREATE TABLE templates (
    template_id VARCHAR,
    version INTEGER,
    name VARCHAR,
    description VARCHAR,
    question VARCHAR,
    answer_type VARCHAR,
    output_schema JSON USING COMPRESSION zstd,
    weight VARCHAR,
    qualification_criteria JSON,
    created_at TIMESTAMP,
    deleted_at TIMESTAMP,
    seen_at TIMESTAMP
);
COMMENT ON TABLE templates IS 'Question templates kept at Saber, one row for each version that was seen.';
COMMENT ON COLUMN templates.template_id IS 'Id of the template: template_id in questions.yaml.';
COMMENT ON COLUMN templates.version IS 'Its version; an edit at Saber makes the next one, which is another question.';
COMMENT ON COLUMN templates.name IS 'Its name.';
COMMENT ON COLUMN templates.description IS 'What it is for.';
COMMENT ON COLUMN templates.question IS 'The question it asks.';
COMMENT ON COLUMN templates.answer_type IS 'The type of its answers.';
COMMENT ON COLUMN templates.output_schema IS 'The shape of json_schema answers.';
COMMENT ON COLUMN templates.weight IS 'How much the answer counts, as Saber keeps it.';
COMMENT ON COLUMN templates.qualification_criteria IS 'What an answer is worth, as Saber keeps it.';
COMMENT ON COLUMN templates.created_at IS 'When the version was made, UTC.';
COMMENT ON COLUMN templates.deleted_at IS 'When it was deleted, UTC; NULL for one in use.';
COMMENT ON COLUMN templates.seen_at IS 'When this version was first seen here, UTC.';
