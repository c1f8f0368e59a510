-- By subject, of the questions that wait or are waited for: which pairs are on their way or to be bought, and which are
-- due, a bit for each, in columns of 60 bits. A subject without any is left out.
CREATE OR REPLACE TEMP TABLE gate_states AS
SELECT p.s${states}
FROM planned AS p
JOIN (VALUES ${numbers}) AS r(q, word, bit) ON r.q = p.q
${ended}
WHERE p.status IN ('due', 'in_flight')
GROUP BY p.s;
