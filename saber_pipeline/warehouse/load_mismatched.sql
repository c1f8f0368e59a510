-- An answer about another company, or to another question, than was asked is no answer of the pair: it stays in
-- signals as it came, and no typed table shows it.
UPDATE coerced SET is_typed = false
FROM landed
WHERE landed.rowid = coerced.line AND regexp_matches(landed.mismatch, 'subject|question');
