CREATE TABLE summaries (
    domain VARCHAR,
    summary_id VARCHAR,
    status VARCHAR,
    signals_count INTEGER,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_newest BOOLEAN,
    seen_at TIMESTAMP
);
COMMENT ON TABLE summaries IS 'What Saber makes of all answers about a company, one row for each summary.';
COMMENT ON COLUMN summaries.domain IS 'The company''s domain.';
COMMENT ON COLUMN summaries.summary_id IS 'The summary at Saber; joins to summary_points.';
COMMENT ON COLUMN summaries.status IS 'completed, failed or processing, as last seen.';
COMMENT ON COLUMN summaries.signals_count IS 'How many signals it sums up.';
COMMENT ON COLUMN summaries.created_at IS 'When it was begun, UTC.';
COMMENT ON COLUMN summaries.updated_at IS 'When it last changed, UTC.';
COMMENT ON COLUMN summaries.is_newest IS 'True for the newest completed summary of each company, or the newest at all where none is completed.';
COMMENT ON COLUMN summaries.seen_at IS 'When this state of it was read, UTC.';

CREATE TABLE summary_points (
    summary_id VARCHAR,
    domain VARCHAR,
    "position" INTEGER,
    description VARCHAR USING COMPRESSION zstd,
    qualification VARCHAR,
    reference_questions VARCHAR[],
    sources VARCHAR[]
);
COMMENT ON TABLE summary_points IS 'The statements of the summaries, one row each.';
COMMENT ON COLUMN summary_points.summary_id IS 'The summary.';
COMMENT ON COLUMN summary_points.domain IS 'The company''s domain.';
COMMENT ON COLUMN summary_points."position" IS 'Place in the summary, from 0.';
COMMENT ON COLUMN summary_points.description IS 'What it says.';
COMMENT ON COLUMN summary_points.qualification IS 'What it means for the company''s fit, as Saber puts it (positive, neutral, negative and the like).';
COMMENT ON COLUMN summary_points.reference_questions IS 'The questions whose answers it rests on.';
COMMENT ON COLUMN summary_points.sources IS 'Addresses of its sources; a source without an address is given as JSON.';
