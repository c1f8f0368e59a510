-- A comment on every table and column, for whoever opens answers.duckdb. Run once, when the tables are made.

COMMENT ON VIEW list_rows IS 'Every row of the lists, whatever became of it. A cell with several values has one row here, and each of its companies in domains.';
COMMENT ON COLUMN list_rows."list" IS 'Name of the list.';
COMMENT ON COLUMN list_rows.subject_type IS 'company or contact.';
COMMENT ON COLUMN list_rows.row_number IS 'Data row of the file, counted from 1.';
COMMENT ON COLUMN list_rows.raw_value IS 'The cell as it stands in the file.';
COMMENT ON COLUMN list_rows.domain IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN list_rows.contact_profile_url IS 'Address of the contact''s profile.';
COMMENT ON COLUMN list_rows.outcome IS 'used, duplicate or rejected.';
COMMENT ON COLUMN list_rows.duplicate_of IS 'Of a duplicate: the row that names the same company or contact first.';
COMMENT ON COLUMN list_rows.reason IS 'Of a rejected row: why it cannot be used.';
COMMENT ON COLUMN list_rows.attributes IS 'The file''s other columns, in their order, as a JSON object.';
COMMENT ON COLUMN list_rows.domain_unicode IS 'The domain as people write it: münchen.de for xn--mnchen-3ya.de. The same as domain where that has no other letters, or cannot be decoded.';

COMMENT ON TABLE internal.list_entries IS 'Every value of every row of the lists.';
COMMENT ON COLUMN internal.list_entries."list" IS 'Name of the list.';
COMMENT ON COLUMN internal.list_entries.subject_type IS 'company or contact.';
COMMENT ON COLUMN internal.list_entries.row_number IS 'Data row of the file, counted from 1.';
COMMENT ON COLUMN internal.list_entries.raw_value IS 'The cell as it stands in the file.';
COMMENT ON COLUMN internal.list_entries.part IS 'The snapshot it was loaded from: rows, or members and rejected of an earlier version.';
COMMENT ON COLUMN internal.list_entries.subject IS 'Company domain or contact profile URL.';
COMMENT ON COLUMN internal.list_entries.outcome IS 'used, duplicate or rejected.';
COMMENT ON COLUMN internal.list_entries.duplicate_of IS 'Of a duplicate: the row that names the same company or contact first.';
COMMENT ON COLUMN internal.list_entries.reason IS 'Of a rejected row: why it cannot be used.';
COMMENT ON COLUMN internal.list_entries.attributes IS 'The file''s other columns, in their order, as a JSON object.';
COMMENT ON COLUMN internal.list_entries.column_used IS 'Key of the column that named the subject where the chosen one named nobody.';
COMMENT ON COLUMN internal.list_entries.chosen_cell IS 'Then the chosen column''s own cell.';
COMMENT ON COLUMN internal.list_entries.is_first IS 'Whether it stands for its row in list_rows.';
COMMENT ON COLUMN internal.list_entries.domain_unicode IS 'The domain as people write it, where that is another name than the subject.';

COMMENT ON TABLE internal.other_rejected_inputs IS 'Rejected inputs that are no rows of domain or contact lists.';
COMMENT ON COLUMN internal.other_rejected_inputs."list" IS 'Name of the list.';
COMMENT ON COLUMN internal.other_rejected_inputs.row_number IS 'Data row of the file, counted from 1.';
COMMENT ON COLUMN internal.other_rejected_inputs.raw_value IS 'The cell, or the row as JSON.';
COMMENT ON COLUMN internal.other_rejected_inputs.reason IS 'Why it cannot be used.';
COMMENT ON COLUMN internal.other_rejected_inputs.subject_type IS 'research or search.';

COMMENT ON VIEW domains IS 'The domains of the lists, one row for each domain in a list.';
COMMENT ON COLUMN domains."list" IS 'Name of the list: its file''s stem.';
COMMENT ON COLUMN domains.domain IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN domains.row_number IS 'Data row of the file it came from, counted from 1.';
COMMENT ON COLUMN domains.raw_value IS 'The cell as it stands in the file; of a research list, the row as JSON.';
COMMENT ON COLUMN domains.attributes IS 'The file''s other columns, as a JSON object.';
COMMENT ON COLUMN domains.domain_unicode IS 'The domain as people write it: münchen.de for xn--mnchen-3ya.de. The same as domain where that has no other letters, or cannot be decoded.';

COMMENT ON VIEW contact_profiles IS 'The contacts of the contact lists, one row for each contact in a list.';
COMMENT ON COLUMN contact_profiles."list" IS 'Name of the list: its file''s stem.';
COMMENT ON COLUMN contact_profiles.contact_profile_url IS 'Address of the contact''s profile: the subject of contact questions.';
COMMENT ON COLUMN contact_profiles.row_number IS 'Data row of the file it came from, counted from 1.';
COMMENT ON COLUMN contact_profiles.raw_value IS 'The cell as it stands in the file.';
COMMENT ON COLUMN contact_profiles.attributes IS 'The file''s other columns, as a JSON object.';

COMMENT ON VIEW rejected_inputs IS 'Input rows that cannot be used as a domain, a contact or a person to research.';
COMMENT ON COLUMN rejected_inputs."list" IS 'Name of the list: its file''s stem.';
COMMENT ON COLUMN rejected_inputs.row_number IS 'Data row of the file, counted from 1.';
COMMENT ON COLUMN rejected_inputs.raw_value IS 'The cell as it stands in the file.';
COMMENT ON COLUMN rejected_inputs.reason IS 'Why it cannot be used.';
COMMENT ON COLUMN rejected_inputs.subject_type IS 'company for a domain list, contact for a contact list, research for a research list, search for a company page that a contact search cannot look at.';

COMMENT ON TABLE signals IS 'Every signal that was asked for, whatever its status; all versions are kept.';
COMMENT ON COLUMN signals.signal_id IS 'The API''s id of the signal.';
COMMENT ON COLUMN signals.subject_type IS 'company or contact.';
COMMENT ON COLUMN signals.subject IS 'Company domain (lower case, ASCII) or contact profile URL.';
COMMENT ON COLUMN signals.question_key IS 'Key in questions.yaml; NULL when no configured question asks it.';
COMMENT ON COLUMN signals.question IS 'The question as the API got it.';
COMMENT ON COLUMN signals.answer_type IS 'The answer type that was asked for.';
COMMENT ON COLUMN signals.status IS 'processing, completed or failed.';
COMMENT ON COLUMN signals.created_at IS 'When the API created the signal, UTC.';
COMMENT ON COLUMN signals.completed_at IS 'When the API finished it, UTC; often NULL for failed ones.';
COMMENT ON COLUMN signals.confidence IS 'The API''s confidence in the answer, 0 to 1.';
COMMENT ON COLUMN signals.reasoning IS 'How the API came to the answer.';
COMMENT ON COLUMN signals.error IS 'What went wrong, for failed signals.';
COMMENT ON COLUMN signals.error_code IS 'The API''s code for it.';
COMMENT ON COLUMN signals.error_action IS 'What the API advises to do about it.';
COMMENT ON COLUMN signals.verification_mode IS 'strict or lenient, where the API says it.';
COMMENT ON COLUMN signals.force_refreshed IS 'True when we bought it past the API''s cache.';
COMMENT ON COLUMN signals.answer_json IS 'The answer as it came. NULL on a completed signal means not known.';
COMMENT ON COLUMN signals.metadata IS 'The API''s metadata of the signal.';
COMMENT ON COLUMN signals.company IS 'Firmographics the API sent along.';
COMMENT ON COLUMN signals.degraded IS 'True for research that had to do without LinkedIn, as its metadata says. False where it does not say so; NULL while processing.';
COMMENT ON COLUMN signals.degraded_reason IS 'Why it is degraded: rate_limited, disconnected, or not_said.';
COMMENT ON COLUMN signals.template_id IS 'The template that the question was taken from; NULL without one.';
COMMENT ON COLUMN signals.template_version IS 'The version of that template.';
COMMENT ON COLUMN signals.mismatch IS 'What this signal is about as against what was asked, where the API answered something else: some of subject, question, answer_type, verification_mode. NULL: it is what was asked.';
COMMENT ON COLUMN signals.question_id IS 'Identity of the question: a hash over what decides the meaning of its answers.';
COMMENT ON COLUMN signals.answer_typed IS 'Whether the answer is in a typed table; NULL where there is no answer.';
COMMENT ON COLUMN signals.landed_at IS 'When this state of the signal was landed, UTC.';
COMMENT ON COLUMN signals.landed_file IS 'The landed file it was read from.';

${answer_comments}

COMMENT ON TABLE sources IS 'The sources an answer rests on.';
COMMENT ON COLUMN sources.signal_id IS 'The signal; joins to signals.';
COMMENT ON COLUMN sources."position" IS 'Place among its sources, from 0.';
COMMENT ON COLUMN sources.url IS 'URL of the source.';
COMMENT ON COLUMN sources.title IS 'Its title.';
COMMENT ON COLUMN sources.snippet IS 'What it says.';

COMMENT ON TABLE changes IS 'Changes against an earlier signal, as the API reported them.';
COMMENT ON COLUMN changes.signal_id IS 'The signal; joins to signals.';
COMMENT ON COLUMN changes.change_type IS 'INITIAL, NO_CHANGE, CHANGED, MINOR_CHANGE or MAJOR_CHANGE.';
COMMENT ON COLUMN changes.previous_signal_id IS 'The signal compared with.';
COMMENT ON COLUMN changes.changed_fields IS 'Fields that changed: added, updated and removed ones. Empty for an answer with one value and for lists of texts, whose change stands in delta.';
COMMENT ON COLUMN changes.added_fields IS 'Fields that are new.';
COMMENT ON COLUMN changes.updated_fields IS 'Fields with another value.';
COMMENT ON COLUMN changes.removed_fields IS 'Fields that are gone.';
COMMENT ON COLUMN changes.delta IS 'The change in detail. Its field type says which: LIST, SEMANTIC_LIST (added, removed; matched: the same in other words), NUMBER, CURRENCY, PERCENTAGE, BOOLEAN (previous, current; change), GENERIC, SEMANTIC (both answers), CONTACTS, CONTACT_POSTS (added, removed, updated).';

COMMENT ON TABLE batches IS 'Submissions to the API.';
COMMENT ON COLUMN batches.batch_id IS 'The batch.';
COMMENT ON COLUMN batches.mode IS 'async, sync or single.';
COMMENT ON COLUMN batches.state IS 'intended, unknown, accepted, refused, collected or lost.';
COMMENT ON COLUMN batches.submitted_at IS 'When it was sent, UTC.';
COMMENT ON COLUMN batches.signals IS 'Signals it asked for.';
COMMENT ON COLUMN batches.force_refresh IS 'Whether it went past the API''s cache.';
COMMENT ON COLUMN batches.run_id IS 'The run that sent it.';

COMMENT ON TABLE credit_balances IS 'Credit balances seen.';
COMMENT ON COLUMN credit_balances.observed_at IS 'When, UTC.';
COMMENT ON COLUMN credit_balances.remaining_credits IS 'Credits left.';

COMMENT ON TABLE refusals IS 'Pairs that the API refused to research, or for which the credits did not last, at their last attempt.';
COMMENT ON COLUMN refusals.subject IS 'Company domain (lower case, ASCII) or contact profile URL.';
COMMENT ON COLUMN refusals.question_key IS 'Key of the question in questions.yaml; NULL when it is not configured any more.';
COMMENT ON COLUMN refusals.reason IS 'What the API said.';
COMMENT ON COLUMN refusals.error_code IS 'The code of the refusal; that of a service behind the API where it names one.';
COMMENT ON COLUMN refusals.error_action IS 'What the API advises to do about it.';
COMMENT ON COLUMN refusals.details IS 'JSON object of what else the API said, in no fixed shape.';
COMMENT ON COLUMN refusals.refused_at IS 'When it refused, UTC.';
COMMENT ON COLUMN refusals.run_id IS 'The run that asked.';
COMMENT ON COLUMN refusals.question_id IS 'Internal: identity of the question.';

COMMENT ON TABLE truth IS 'What truth/*.csv says is true about companies: what answers are checked against.';
COMMENT ON COLUMN truth.domain IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN truth.question_key IS 'Key in questions.yaml.';
COMMENT ON COLUMN truth.answer_type IS 'The answer type by which the cell was read.';
COMMENT ON COLUMN truth.value IS 'What is true, as text.';
COMMENT ON COLUMN truth.value_number IS 'Of a number, percentage or amount: the number.';
COMMENT ON COLUMN truth.unit IS 'Of an amount the currency, of a percentage its unit; NULL where the file says none.';
COMMENT ON COLUMN truth.value_list IS 'Of a list: its items.';
COMMENT ON COLUMN truth.file IS 'The file it stands in.';
COMMENT ON COLUMN truth.line IS 'The line of that file, counted from 1.';

COMMENT ON TABLE reviews IS 'What people decided about answers, from reviews.csv. One row for each usable row of the file.';
COMMENT ON COLUMN reviews.domain IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN reviews.question_key IS 'Key in questions.yaml.';
COMMENT ON COLUMN reviews.decision IS 'accept; reject: the answer counts as not known; value: this value counts instead.';
COMMENT ON COLUMN reviews.value IS 'The value that counts, as text.';
COMMENT ON COLUMN reviews.value_boolean IS 'It as a boolean, for questions of that type.';
COMMENT ON COLUMN reviews.value_number IS 'It as a number, for numbers and percentages.';
COMMENT ON COLUMN reviews.value_amount IS 'It as an amount, for currencies.';
COMMENT ON COLUMN reviews.unit IS 'Of an amount the currency, of a percentage its unit.';
COMMENT ON COLUMN reviews.value_list IS 'It as items, for lists.';
COMMENT ON COLUMN reviews.who IS 'Who decided.';
COMMENT ON COLUMN reviews.reviewed_at IS 'When, UTC. A day means its end.';
COMMENT ON COLUMN reviews.line IS 'The line of the file, counted from 1.';
COMMENT ON COLUMN reviews.holds IS 'Whether it counts: it is the newest about its pair, and no answer was completed after it.';
COMMENT ON COLUMN reviews.signal_id IS 'While it holds: the answer it is about. NULL where there is none.';

COMMENT ON TABLE file_problems IS 'What of truth/*.csv and reviews.csv is not used, and what to do about it.';
COMMENT ON COLUMN file_problems.file IS 'The file.';
COMMENT ON COLUMN file_problems.line IS 'The line, counted from 1; 0 for the file as a whole.';
COMMENT ON COLUMN file_problems."column" IS 'The column it is about, where it is about one.';
COMMENT ON COLUMN file_problems.value IS 'What stands there.';
COMMENT ON COLUMN file_problems.problem IS 'What is wrong, and what is allowed.';

COMMENT ON TABLE internal.pairs_in_flight IS 'Pairs that were bought and had no outcome yet at the last publication.';
COMMENT ON COLUMN internal.pairs_in_flight.question_id IS 'Identity of the question.';
COMMENT ON COLUMN internal.pairs_in_flight.subject IS 'Company domain or contact profile URL.';

COMMENT ON TABLE internal.held_back IS 'Companies for which a condition was not true at the last publication.';
COMMENT ON COLUMN internal.held_back.subject IS 'Company domain.';
COMMENT ON COLUMN internal.held_back.verdicts IS 'A letter for each question with a condition: t is asked, f false, u unknown; k the question before it has an answer, n it has none.';

COMMENT ON TABLE internal.used_up_budgets IS 'Questions whose budget of the month did not cover what was not asked yet, at the last publication.';
COMMENT ON COLUMN internal.used_up_budgets.question_key IS 'Key in questions.yaml.';

COMMENT ON TABLE internal.landed_files IS 'Internal: landed files that were loaded.';
COMMENT ON COLUMN internal.landed_files.name IS 'File name.';
COMMENT ON COLUMN internal.landed_files.loaded_at IS 'When it was loaded, UTC.';
COMMENT ON COLUMN internal.landed_files.signals IS 'Signals read from it.';
COMMENT ON COLUMN internal.landed_files.skipped IS 'Lines that hold no readable signal.';

COMMENT ON TABLE internal.spending IS 'What was bought, by the ledger; the view spending shows it.';
COMMENT ON COLUMN internal.spending.day IS 'Day of the purchase in SABER_BUDGET_TIMEZONE.';
COMMENT ON COLUMN internal.spending."list" IS 'The list it was bought for.';
COMMENT ON COLUMN internal.spending.question_id IS 'Identity of the question.';
COMMENT ON COLUMN internal.spending.question_key IS 'The key it had then.';
COMMENT ON COLUMN internal.spending.run_id IS 'The run that bought it.';
COMMENT ON COLUMN internal.spending.pairs IS 'Pairs bought.';
COMMENT ON COLUMN internal.spending.credits IS 'What they cost.';
COMMENT ON TABLE internal.question_catalog IS 'Internal: every question ever configured, by identity.';
COMMENT ON COLUMN internal.question_catalog.question_id IS 'Identity of the question: a hash over what decides the meaning of its answers.';
COMMENT ON COLUMN internal.question_catalog.question_key IS 'Its key now; NULL when it is not configured any more.';
COMMENT ON COLUMN internal.question_catalog.answer_type IS 'The answer type it asks for.';
COMMENT ON COLUMN internal.question_catalog.choices IS 'What an answer of the type choice may be.';
COMMENT ON COLUMN internal.question_catalog.template_id IS 'The template it is taken from.';
COMMENT ON COLUMN internal.question_catalog.template_version IS 'The version of that template.';

COMMENT ON TABLE internal.list_snapshots IS 'Internal: list snapshots that were loaded.';
COMMENT ON COLUMN internal.list_snapshots.name IS 'File name.';
COMMENT ON COLUMN internal.list_snapshots."list" IS 'Name of the list.';
COMMENT ON COLUMN internal.list_snapshots.subject_type IS 'company or contact.';
COMMENT ON COLUMN internal.list_snapshots.part IS 'rows: every row of a list. Of an earlier version: domains, contact_profiles or rejected.';
COMMENT ON COLUMN internal.list_snapshots.bytes IS 'Size of the file.';
COMMENT ON COLUMN internal.list_snapshots.modified_ns IS 'Its modification time in nanoseconds.';

COMMENT ON TABLE internal.schema_state IS 'Internal: which tables stand in this file.';
COMMENT ON COLUMN internal.schema_state.signature IS 'Hash over their definitions.';
COMMENT ON TABLE internal.view_state IS 'Internal: which views stand in this file.';
COMMENT ON COLUMN internal.view_state.signature IS 'Hash over their definitions.';
