-- A comment on every column of the views made from answers. docs/decisions.md says the same at length.

COMMENT ON VIEW main.qualifications IS 'Verdict on the newest answer of each subject and question with qualification criteria, or on the value of a review. Computed from the current answers and criteria, so it is always up to date. No row: no completed answer yet.';
COMMENT ON COLUMN main.qualifications.subject_type IS 'company or contact.';
COMMENT ON COLUMN main.qualifications.subject IS 'Company domain (lower case, ASCII) or contact profile URL.';
COMMENT ON COLUMN main.qualifications.question_key IS 'Key in questions.yaml.';
COMMENT ON COLUMN main.qualifications.weight IS 'important, nice_to_have (also when none is set) or not_important.';
COMMENT ON COLUMN main.qualifications.verdict IS 'disqualified, poor, neutral, good, excellent, or your own word. Of several conditions that are met the worst verdict wins, then own words, in the order of questions.yaml. NULL: no condition is met, or the answer is not known.';
COMMENT ON COLUMN main.qualifications.reason IS 'The condition that was met and the value, or why there is no verdict.';
COMMENT ON COLUMN main.qualifications."condition" IS 'The condition that won, as in questions.yaml.';
COMMENT ON COLUMN main.qualifications.value IS 'The answer as text.';
COMMENT ON COLUMN main.qualifications.completed_at IS 'When the API finished the signal, UTC; if a review replaces the answer, the time of the review.';
COMMENT ON COLUMN main.qualifications.signal_id IS 'The signal; joins to signals, sources and changes.';

COMMENT ON VIEW main.account_fit IS 'How well each company of the lists fits. score = sum(points x weight) / sum(weight) over the questions whose answer has a verdict with points: excellent 100, good 75, neutral 50, poor 25, disqualified 0; important 4, nice_to_have or unset 2, not_important 1. One disqualified makes it 0. Missing answers lower coverage, never the score. Questions without criteria do not count.';
COMMENT ON COLUMN main.account_fit."domain" IS 'Company domain, lower case, ASCII.';
COMMENT ON COLUMN main.account_fit.lists IS 'The lists it is in, sorted.';
COMMENT ON COLUMN main.account_fit.score IS '0 to 100, to one decimal: the weighted mean of the points; 0 when disqualified; NULL when no answer has points. Verdicts in your own words have none.';
COMMENT ON COLUMN main.account_fit.tier IS 'disqualified; A from a score of 80, B from 60, C from 40, D below; NULL without a score.';
COMMENT ON COLUMN main.account_fit.coverage IS '0 to 1: weight of the scored questions whose answer has a verdict, divided by the weight of all scored questions. NULL when no question is scored.';
COMMENT ON COLUMN main.account_fit.disqualifiers IS 'Keys of the questions whose answer disqualifies it.';
COMMENT ON COLUMN main.account_fit.missing IS 'Keys of the scored questions without a verdict: not asked, failed, not known, or no condition met.';
COMMENT ON COLUMN main.account_fit.verdicts IS 'The verdicts behind the score, in the order of questions.yaml. points is NULL for your own words; weight is 0 for a question that has no other verdicts.';

COMMENT ON VIEW main.answer_changes IS 'Completed versions of an answer that differ from the previous version: the one the API compared with if it is here, else the previous one by time. First and unchanged versions are left out.';
COMMENT ON COLUMN main.answer_changes.subject_type IS 'company or contact.';
COMMENT ON COLUMN main.answer_changes.subject IS 'Company domain (lower case, ASCII) or contact profile URL.';
COMMENT ON COLUMN main.answer_changes.question_key IS 'Key in questions.yaml.';
COMMENT ON COLUMN main.answer_changes.answer_type IS 'The answer type that was asked for.';
COMMENT ON COLUMN main.answer_changes.kind IS 'changed; added: it was not known before; removed: it is not known any more.';
COMMENT ON COLUMN main.answer_changes.change_type IS 'The API''s word: CHANGED, MINOR_CHANGE or MAJOR_CHANGE; CHANGED where it sends none for this pair of versions.';
COMMENT ON COLUMN main.answer_changes.old_value IS 'The version before, as text; NULL when it was not known. Of a json_schema answer, the properties that differ.';
COMMENT ON COLUMN main.answer_changes.new_value IS 'This version, as text; NULL when it is not known. Of a json_schema answer, the properties that differ.';
COMMENT ON COLUMN main.answer_changes.old_answer IS 'The version before, as it came.';
COMMENT ON COLUMN main.answer_changes.new_answer IS 'This version, as it came.';
COMMENT ON COLUMN main.answer_changes.added_items IS 'New items: list items, profile URLs (or names) of contacts, URLs of posts, kind and URL of engagements, names of properties. NULL for other types.';
COMMENT ON COLUMN main.answer_changes.removed_items IS 'Removed items, in the same form.';
COMMENT ON COLUMN main.answer_changes.updated_items IS 'Items with changed content: headline of a contact, text of a post or comment, value of a property.';
COMMENT ON COLUMN main.answer_changes.difference IS 'New minus old, for number, percentage (in points) and currency (when both have the same one).';
COMMENT ON COLUMN main.answer_changes.percent_change IS 'The difference in percent of the old value; NULL when that is 0.';
COMMENT ON COLUMN main.answer_changes.previous_signal_id IS 'The version before; joins to signals and sources.';
COMMENT ON COLUMN main.answer_changes.signal_id IS 'This version; joins to signals and sources.';
COMMENT ON COLUMN main.answer_changes.changed_at IS 'When the API finished this version, UTC.';
