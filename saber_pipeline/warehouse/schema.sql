-- Tables of the warehouse. Names, columns and types are the public interface; question_id, answer_typed,
-- landed_at, landed_file and the tables called internal are the pipeline's own. The line above a table and the remark
-- behind a column are their comments in the database; schema.py makes these of them.
-- Prose is stored with zstd: a checkpoint of 20,000 signals takes 0.3 s so, and 0.6 s without.

CREATE SCHEMA internal;

-- A row of a file has an entry for each value of its cell, so a cell with two addresses gives two companies.

-- Every value of every row of the lists.
CREATE TABLE internal.list_entries (
    "list" VARCHAR,  -- Name of the list.
    subject_type VARCHAR,  -- company or contact.
    part VARCHAR,  -- The snapshot it was loaded from: rows, or members and rejected of an earlier version.
    row_number BIGINT,  -- Data row of the file, counted from 1.
    raw_value VARCHAR,  -- The cell as in the file.
    subject VARCHAR,  -- Company domain or contact profile URL.
    outcome VARCHAR,  -- used, duplicate or rejected.
    duplicate_of BIGINT,  -- Of a duplicate: the row that names the same company or contact first.
    reason VARCHAR,  -- Of a rejected row: why it cannot be used.
    attributes JSON USING COMPRESSION zstd,  -- The file's other columns, in their order, as a JSON object.
    column_used VARCHAR,  -- Key of the column with the subject, if the chosen column had none.
    chosen_cell VARCHAR,  -- In that case, the cell of the chosen column.
    is_first BOOLEAN,  -- Whether it represents its row in list_rows.
    domain_unicode VARCHAR  -- The domain as people write it, where that is another name than the subject.
);

-- Rejected inputs of research lists and contact searches.
CREATE TABLE internal.other_rejected_inputs (
    "list" VARCHAR,  -- Name of the list.
    row_number BIGINT,  -- Data row of the file, counted from 1.
    raw_value VARCHAR,  -- The cell, or the row as JSON.
    reason VARCHAR,  -- Why it cannot be used.
    subject_type VARCHAR  -- research or search.
);

-- Every row of the lists, whatever its outcome. A cell with several values has one row here, and each of its companies in domains.
CREATE VIEW list_rows AS
SELECT
    "list",  -- Name of the list.
    subject_type,  -- company or contact.
    row_number,  -- Data row of the file, counted from 1.
    raw_value,  -- The cell as in the file.
    CASE WHEN subject_type = 'company' THEN subject END AS domain,  -- Company domain, lower case, ASCII.
    CASE WHEN subject_type = 'contact' THEN subject END AS contact_profile_url,  -- Address of the contact's profile.
    outcome,  -- used, duplicate or rejected.
    duplicate_of,  -- Of a duplicate: the row that names the same company or contact first.
    reason,  -- Of a rejected row: why it cannot be used.
    attributes,  -- The file's other columns, in their order, as a JSON object.
    CASE WHEN subject_type = 'company' THEN coalesce(domain_unicode, subject) END AS domain_unicode  -- The domain as people write it: münchen.de for xn--mnchen-3ya.de. The same as domain where that has no other letters, or cannot be decoded.
FROM internal.list_entries
WHERE is_first;

-- The domains of the lists, one row for each domain in a list.
CREATE VIEW domains AS
SELECT
    "list",  -- Name of the list: its file's stem.
    subject AS domain,  -- Company domain, lower case, ASCII.
    row_number,  -- Data row of the file it came from, counted from 1.
    raw_value,  -- The cell as in the file; of a research list, the row as JSON.
    attributes,  -- The file's other columns, as a JSON object.
    coalesce(domain_unicode, subject) AS domain_unicode  -- The domain as people write it: münchen.de for xn--mnchen-3ya.de. The same as domain where that has no other letters, or cannot be decoded.
FROM internal.list_entries
WHERE outcome = 'used' AND subject_type = 'company';

-- The contacts of the contact lists, one row for each contact in a list.
CREATE VIEW contact_profiles AS
SELECT
    "list",  -- Name of the list: its file's stem.
    subject AS contact_profile_url,  -- Address of the contact's profile: the subject of contact questions.
    row_number,  -- Data row of the file it came from, counted from 1.
    raw_value,  -- The cell as in the file.
    attributes  -- The file's other columns, as a JSON object.
FROM internal.list_entries
WHERE outcome = 'used' AND subject_type = 'contact';

-- Input rows that cannot be used as a domain, a contact or a person to research.
CREATE VIEW rejected_inputs AS
SELECT
    "list",  -- Name of the list: its file's stem.
    row_number,  -- Data row of the file, counted from 1.
    raw_value,  -- The cell as in the file.
    reason,  -- Why it cannot be used.
    subject_type  -- company for a domain list, contact for a contact list, research for a research list, search for a company page that a contact search cannot search.
FROM internal.list_entries
WHERE outcome = 'rejected'
UNION ALL
SELECT "list", row_number, raw_value, reason, subject_type
FROM internal.other_rejected_inputs;

-- Every signal that was asked for, whatever its status; all versions are kept.
CREATE TABLE signals (
    signal_id VARCHAR,  -- The API's id of the signal.
    subject_type VARCHAR,  -- company or contact.
    subject VARCHAR,  -- Company domain (lower case, ASCII) or contact profile URL.
    question_key VARCHAR,  -- Key in questions.yaml; NULL when no configured question asks it.
    question VARCHAR,  -- The question as the API received it.
    answer_type VARCHAR,  -- The answer type that was asked for.
    status VARCHAR,  -- processing, completed or failed.
    created_at TIMESTAMP,  -- When the API created the signal, UTC.
    completed_at TIMESTAMP,  -- When the API finished it, UTC; often NULL for failed ones. If the API gives no time for a completed one: when it was made, otherwise landed.
    confidence DOUBLE,  -- The API's confidence in the answer, 0 to 1.
    reasoning VARCHAR USING COMPRESSION zstd,  -- How the API came to the answer.
    error VARCHAR,  -- What went wrong, for failed signals.
    error_code VARCHAR,  -- The API's code for it.
    error_action VARCHAR,  -- What the API advises to do about it.
    verification_mode VARCHAR,  -- strict or lenient, where the API says it.
    force_refreshed BOOLEAN,  -- True when we bought it past the API's cache.
    answer_json JSON USING COMPRESSION zstd,  -- The answer as it came. NULL on a completed signal means not known.
    metadata JSON USING COMPRESSION zstd,  -- The API's metadata of the signal.
    company JSON USING COMPRESSION zstd,  -- Firmographics the API sent along.
    degraded BOOLEAN,  -- True for research without LinkedIn, according to its metadata. False if the metadata does not say so; NULL while processing.
    degraded_reason VARCHAR,  -- Why it is degraded: rate_limited, disconnected, or not_said.
    template_id VARCHAR,  -- The template that the question was taken from; NULL without one.
    template_version INTEGER,  -- The version of that template.
    mismatch VARCHAR,  -- Differences from what was asked, if the API answered something else: some of subject, question, answer_type, verification_mode. NULL: no difference.
    question_id VARCHAR,  -- Identity of the question: a hash over what decides the meaning of its answers.
    answer_typed BOOLEAN,  -- Whether the answer is in a typed table; NULL where there is no answer.
    landed_at TIMESTAMP,  -- When this state of the signal was landed, UTC.
    landed_file VARCHAR  -- The landed file it was read from.
);

${answer_tables}

-- The sources of the answers.
CREATE TABLE sources (
    signal_id VARCHAR,  -- The signal; joins to signals.
    "position" INTEGER,  -- Place among its sources, from 0.
    url VARCHAR,  -- URL of the source.
    title VARCHAR,  -- Its title.
    snippet VARCHAR USING COMPRESSION zstd  -- What it says.
);

-- Changes against an earlier signal, as the API reported them.
CREATE TABLE changes (
    signal_id VARCHAR,  -- The signal; joins to signals.
    change_type VARCHAR,  -- INITIAL, NO_CHANGE, CHANGED, MINOR_CHANGE or MAJOR_CHANGE.
    previous_signal_id VARCHAR,  -- The signal compared with.
    changed_fields VARCHAR[],  -- Fields that changed: added, updated and removed ones. Empty for an answer with one value and for lists of texts, whose change is in delta.
    added_fields VARCHAR[],  -- Fields that are new.
    updated_fields VARCHAR[],  -- Fields with another value.
    removed_fields VARCHAR[],  -- Fields that are gone.
    delta JSON USING COMPRESSION zstd  -- The change in detail. Its field type says which: LIST, SEMANTIC_LIST (added, removed; matched: the same in other words), NUMBER, CURRENCY, PERCENTAGE, BOOLEAN (previous, current; change), GENERIC, SEMANTIC (both answers), CONTACTS, CONTACT_POSTS (added, removed, updated).
);

-- Submissions to the API.
CREATE TABLE batches (
    batch_id VARCHAR,  -- The batch.
    mode VARCHAR,  -- async, sync or single.
    state VARCHAR,  -- intended, unknown, accepted, refused, collected or lost.
    submitted_at TIMESTAMP,  -- When it was sent, UTC.
    signals BIGINT,  -- Signals it asked for.
    force_refresh BOOLEAN,  -- Whether it went past the API's cache.
    run_id VARCHAR  -- The run that sent it.
);

-- Credit balances seen.
CREATE TABLE credit_balances (
    observed_at TIMESTAMP,  -- When, UTC.
    remaining_credits BIGINT  -- Credits left.
);

-- Pairs that the API refused, or that the credits did not cover, at their last attempt.
CREATE TABLE refusals (
    subject VARCHAR,  -- Company domain (lower case, ASCII) or contact profile URL.
    question_key VARCHAR,  -- Key of the question in questions.yaml; NULL when it is not configured any more.
    reason VARCHAR,  -- What the API said.
    error_code VARCHAR,  -- The code of the refusal; that of a service behind the API where it names one.
    error_action VARCHAR,  -- What the API advises to do about it.
    details VARCHAR,  -- Further details from the API, as a JSON object without a fixed shape.
    refused_at TIMESTAMP,  -- When it refused, UTC.
    run_id VARCHAR,  -- The run that asked.
    question_id VARCHAR  -- Internal: identity of the question.
);

-- Facts about companies from truth/*.csv, against which answers are checked.
CREATE TABLE truth (
    domain VARCHAR,  -- Company domain, lower case, ASCII.
    question_key VARCHAR,  -- Key in questions.yaml.
    answer_type VARCHAR,  -- The answer type by which the cell was read.
    value VARCHAR,  -- The true value, as text.
    value_number DOUBLE,  -- Of a number, percentage or amount: the number.
    unit VARCHAR,  -- Of an amount the currency, of a percentage its unit; NULL where the file says none.
    value_list VARCHAR[],  -- Of a list: its items.
    file VARCHAR,  -- The file with this fact.
    line BIGINT  -- The line of that file, counted from 1.
);

-- holds and signal_id follow from the answers, see reviews_mark.sql; the rest is the file's.
-- What people decided about answers, from reviews.csv. One row for each usable row of the file.
CREATE TABLE reviews (
    domain VARCHAR,  -- Company domain, lower case, ASCII.
    question_key VARCHAR,  -- Key in questions.yaml.
    decision VARCHAR,  -- accept; reject: the answer counts as not known; value: this value counts instead.
    value VARCHAR,  -- The value that counts, as text.
    value_boolean BOOLEAN,  -- The value as a boolean, for questions of that type.
    value_number DOUBLE,  -- The value as a number, for numbers and percentages.
    value_amount DECIMAL(38, 4),  -- The value as an amount, for currencies.
    unit VARCHAR,  -- Of an amount the currency, of a percentage its unit.
    value_list VARCHAR[],  -- The value as items, for lists.
    who VARCHAR,  -- Who decided.
    reviewed_at TIMESTAMP,  -- When, UTC. A day means its end.
    line BIGINT,  -- The line of the file, counted from 1.
    holds BOOLEAN,  -- Whether it counts: it is the newest about its pair, and no answer was completed after it.
    signal_id VARCHAR  -- The answer that it applies to, while it counts. NULL if there is none.
);

-- Parts of truth/*.csv and reviews.csv that are not used, and what to do about them.
CREATE TABLE file_problems (
    file VARCHAR,  -- The file.
    line BIGINT,  -- The line, counted from 1; 0 for the file as a whole.
    "column" VARCHAR,  -- The column it is about, where it is about one.
    value VARCHAR,  -- The value in the file.
    problem VARCHAR  -- What is wrong, and what is allowed.
);

-- Pairs that were bought and had no outcome yet at the last publication.
CREATE TABLE internal.pairs_in_flight (
    question_id VARCHAR,  -- Identity of the question.
    subject VARCHAR  -- Company domain or contact profile URL.
);

-- Companies for which a condition was not true at the last publication.
CREATE TABLE internal.held_back (
    subject VARCHAR,  -- Company domain.
    verdicts VARCHAR  -- A letter for each question with a condition: t is asked, f false, u unknown; k the question before it has an answer, n it has none.
);

-- Questions whose monthly budget did not cover the companies not asked yet, at the last publication.
CREATE TABLE internal.used_up_budgets (
    question_key VARCHAR  -- Key in questions.yaml.
);

-- Purchases from the ledger; the view spending shows them.
CREATE TABLE internal.spending (
    day DATE,  -- Day of the purchase in SABER_BUDGET_TIMEZONE.
    "list" VARCHAR,  -- The list it was bought for.
    question_id VARCHAR,  -- Identity of the question.
    question_key VARCHAR,  -- The key it had then.
    run_id VARCHAR,  -- The run that bought it.
    pairs BIGINT,  -- Pairs bought.
    credits DECIMAL(18, 4)  -- What they cost.
);

-- Internal: landed files that were loaded.
CREATE TABLE internal.landed_files (
    name VARCHAR,  -- File name.
    loaded_at TIMESTAMP,  -- When it was loaded, UTC.
    signals BIGINT,  -- Signals read from it.
    skipped BIGINT  -- Lines that hold no readable signal.
);

-- Internal: every question ever configured, by identity.
CREATE TABLE internal.question_catalog (
    question_id VARCHAR,  -- Identity of the question: a hash over what decides the meaning of its answers.
    question_key VARCHAR,  -- Its key now; NULL when it is not configured any more.
    answer_type VARCHAR,  -- The answer type it asks for.
    choices VARCHAR[],  -- What an answer of the type choice may be.
    template_id VARCHAR,  -- The template it is taken from.
    template_version INTEGER  -- The version of that template.
);

-- Internal: list snapshots that were loaded.
CREATE TABLE internal.list_snapshots (
    name VARCHAR,  -- File name.
    "list" VARCHAR,  -- Name of the list.
    subject_type VARCHAR,  -- company or contact.
    part VARCHAR,  -- rows: every row of a list. Of an earlier version: domains, contact_profiles or rejected.
    bytes BIGINT,  -- Size of the file.
    modified_ns BIGINT  -- Its modification time in nanoseconds.
);

-- Internal: the version of this file's tables.
CREATE TABLE internal.schema_state (
    signature VARCHAR  -- Hash over their definitions.
);

-- Internal: the version of this file's views.
CREATE TABLE internal.view_state (
    signature VARCHAR  -- Hash over their definitions.
);
