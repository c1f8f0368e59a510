-- What is another text for a file that was loaded anew, or by other rules.
SELECT concat_ws(
    ' ',
    (SELECT string_agg(signature) FROM answers.internal.schema_state),
    (SELECT min(loaded_at) FROM answers.internal.landed_files)
)
