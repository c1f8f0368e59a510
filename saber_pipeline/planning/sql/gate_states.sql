-- For each subject with open pairs of gates or gated questions: which of these pairs are open (in flight or to be
-- bought), and which are due. Each question has a bit, in columns of 60 bits.
CREATE OR REPLACE TEMP TABLE gate_states AS
SELECT p.s${states}
FROM planned AS p
JOIN (VALUES ${numbers}) AS r(q, word, bit) ON r.q = p.q
${ended}
WHERE p.status IN ('due', 'in_flight')
GROUP BY p.s;
