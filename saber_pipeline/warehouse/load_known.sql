-- Lines of the piece, different signals among them, and how many of these the warehouse has already. Nearly always
-- every line is a new signal, and nothing has to be chosen.
SELECT
    (SELECT count(*) FROM landed),
    (SELECT count(DISTINCT id) FROM landed),
    (SELECT count(*) FROM signals WHERE signal_id IN (SELECT id FROM landed));
