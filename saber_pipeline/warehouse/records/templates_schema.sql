-- Question templates kept at Saber, one row for each version that was seen.
CREATE TABLE templates (
    template_id VARCHAR,  -- Id of the template: template_id in questions.yaml.
    version INTEGER,  -- Its version; an edit at Saber makes the next one, which is another question.
    name VARCHAR,  -- Its name.
    description VARCHAR,  -- What it is for.
    question VARCHAR,  -- The question it asks.
    answer_type VARCHAR,  -- The type of its answers.
    output_schema JSON USING COMPRESSION zstd,  -- The shape of json_schema answers.
    weight VARCHAR,  -- How much the answer counts, as Saber keeps it.
    qualification_criteria JSON,  -- What an answer is worth, as Saber keeps it.
    created_at TIMESTAMP,  -- When the version was made, UTC.
    deleted_at TIMESTAMP,  -- When it was deleted, UTC; NULL for one in use.
    seen_at TIMESTAMP  -- When this version was first seen here, UTC.
);
