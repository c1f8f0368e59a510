-- Due pairs that are not bought now: they wait for a gate, or are held back for the reason in verdict.
CREATE OR REPLACE TEMP TABLE gated_pairs AS
WITH decided AS (
    SELECT v.s, ${decided}
    FROM verdicts AS v
    JOIN gate_states AS g ON g.s = v.s
)
${rows};
