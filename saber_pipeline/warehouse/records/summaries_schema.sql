-- What Saber makes of all answers about a company, one row for each summary.
CREATE TABLE summaries (
    domain VARCHAR,  -- The company's domain.
    summary_id VARCHAR,  -- The summary at Saber; joins to summary_points. The reply to a request has no id: it stands as "requested <domain>" until Saber lists a completed summary of the company.
    status VARCHAR,  -- completed, failed or processing, as last seen.
    signals_count INTEGER,  -- How many signals it sums up.
    created_at TIMESTAMP,  -- When it was begun, UTC.
    updated_at TIMESTAMP,  -- When it last changed, UTC.
    is_newest BOOLEAN,  -- True for the newest completed summary of each company, or the newest at all where none is completed.
    seen_at TIMESTAMP  -- When this state of it was read, UTC.
);

-- The statements of the summaries, one row each.
CREATE TABLE summary_points (
    summary_id VARCHAR,  -- The summary.
    domain VARCHAR,  -- The company's domain.
    "position" INTEGER,  -- Place in the summary, from 0.
    description VARCHAR USING COMPRESSION zstd,  -- What it says.
    qualification VARCHAR,  -- What it means for the company's fit, as Saber puts it (positive, neutral, negative and the like).
    reference_questions VARCHAR[],  -- The questions whose answers it rests on.
    sources VARCHAR[]  -- Addresses of its sources; a source without an address is given as JSON.
);
