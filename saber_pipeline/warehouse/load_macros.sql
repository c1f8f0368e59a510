-- Reading answers tolerantly: the API's documents and its clients disagree on spelling, and values come as
-- text at times. Macros of the session; nothing stored refers to them.

-- A JSON value, or NULL for JSON's null.
CREATE OR REPLACE TEMP MACRO present(j) AS CASE WHEN json_type(j) = 'NULL' THEN NULL ELSE j END;

-- A member of a JSON object by its name, whatever the name holds.
CREATE OR REPLACE TEMP MACRO member(j, key) AS
    json_extract(j, '/' || replace(replace(key, '~', '~0'), '/', '~1'));

-- contactPosts -> contact_posts
CREATE OR REPLACE TEMP MACRO snake_case(t) AS lower(regexp_replace(t, '([a-z0-9])([A-Z])', '\1_\2', 'g'));

-- contact_posts -> contactPosts
CREATE OR REPLACE TEMP MACRO camel_case(t) AS
    lower(t[1]) || array_to_string(
        list_transform(string_split(t, '_'), lambda word: upper(word[1]) || word[2:]), ''
    )[2:];

-- The name of the table family an answer type belongs to; NULL for a type this version does not know.
CREATE OR REPLACE TEMP MACRO answer_family(t) AS
    CASE
        WHEN snake_case(t) IN (${families}) THEN snake_case(t)
        ${shared}
    END;

-- The only member of an object besides its type, or NULL.
CREATE OR REPLACE TEMP MACRO only_other_member(j) AS
    member(j, CASE
        WHEN len(list_filter(json_keys(j), lambda key: key <> 'type')) = 1
            THEN list_filter(json_keys(j), lambda key: key <> 'type')[1]
    END);

-- What an answer holds: the member named by its type (as given, camelCase, snake_case), else the only one. A null
-- under one spelling does not hide the other.
CREATE OR REPLACE TEMP MACRO answer_payload(answer, given) AS
    CASE
        WHEN json_type(answer) <> 'OBJECT' THEN answer
        ELSE coalesce(
            present(member(answer, given)),
            present(member(answer, camel_case(given))),
            present(member(answer, snake_case(given))),
            only_other_member(answer)
        )
    END;

-- Whether a JSON list is empty or has an object in it.
CREATE OR REPLACE TEMP MACRO holds_objects(j) AS
    len(json_type(j, '$$[*]')) = 0 OR list_contains(json_type(j, '$$[*]'), 'OBJECT');

-- A text without the blanks, tabs and line breaks around it, Unicode's included.
CREATE OR REPLACE TEMP MACRO trimmed(t) AS regexp_replace(
    t, '^[\s\x{000B}\x{0085}\p{Z}\x{200B}\x{FEFF}]+|[\s\x{000B}\x{0085}\p{Z}\x{200B}\x{FEFF}]+$$', '', 'g'
);

-- What an answer to a question with choices says: the property that was asked for, else the only one there is.
CREATE OR REPLACE TEMP MACRO choice_value(j) AS
    CASE WHEN json_type(j) = 'OBJECT' THEN coalesce(present(member(j, 'choice')), only_other_member(j)) ELSE j END;

-- The choice that a text names: as it is written, else the only one but for case and blanks around it.
CREATE OR REPLACE TEMP MACRO chosen(t, choices) AS
    CASE
        WHEN list_contains(choices, t) THEN t
        WHEN len(list_filter(choices, lambda choice: lower(choice) = lower(trimmed(t)))) = 1
            THEN list_filter(choices, lambda choice: lower(choice) = lower(trimmed(t)))[1]
    END;

-- Digits that can only mean one number: optional thousands separators, blanks and a percent sign.
-- "1.200,50" or "about 5" are left alone.
CREATE OR REPLACE TEMP MACRO plain_number(t) AS
    CASE
        WHEN regexp_full_match(
            trimmed(t),
            '[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}([ \x{00A0}\x{2009}\x{202F}][0-9]{3})+|[0-9]+|[0-9]*\.[0-9]+'
            || '|[0-9]{1,3}(,[0-9]{3})+\.[0-9]*|[0-9]{1,3}([ \x{00A0}\x{2009}\x{202F}][0-9]{3})+\.[0-9]*|[0-9]+\.)'
            || '([eE][+-]?[0-9]{1,3})?[ \x{00A0}]*%?'
        ) THEN regexp_replace(trimmed(t), '[, \t\x{00A0}\x{2009}\x{202F}%]', '', 'g')
    END;

CREATE OR REPLACE TEMP MACRO finite(number) AS CASE WHEN isfinite(number) THEN number END;

-- A whole number as it was meant, from JSON or text: 2.5 is a mistake, not 2 or 3, and so is true, which a cast makes 1.
CREATE OR REPLACE TEMP MACRO whole_number(t) AS
    CASE WHEN TRY_CAST(t AS DOUBLE) = TRY_CAST(t AS BIGINT) THEN TRY_CAST(t AS BIGINT) END;

-- An error as text, as api/decode.py has it: an object's message, or else its JSON.
CREATE OR REPLACE TEMP MACRO error_text(t) AS
    CASE WHEN starts_with(t, '{') THEN coalesce(nullif(TRY_CAST(t AS JSON) ->> '$$.message', ''), t) ELSE nullif(t, '') END;

-- Unix time, in seconds or milliseconds, as a TIMESTAMP.
CREATE OR REPLACE TEMP MACRO unix_time(t) AS
    CASE
        WHEN regexp_full_match(t, '[0-9]{9,14}(\.[0-9]+)?')
            THEN make_timestamp((CASE WHEN t::DOUBLE > 1e11 THEN t::DOUBLE * 1e3 ELSE t::DOUBLE * 1e6 END)::BIGINT)
    END;

-- A time at which something can have happened at the API, as api/decode.py has it: a service writes the year 1, or
-- 1970, where it has no time, and an answer from then would be too old, and bought again, at every run.
CREATE OR REPLACE TEMP MACRO event_time(told) AS
    CASE WHEN told >= TIMESTAMP '2000-01-01' AND told < TIMESTAMP '2200-01-01' THEN told END;

-- A time of the API as a UTC TIMESTAMP; without an offset it is taken for UTC. Needs TimeZone = UTC.
CREATE OR REPLACE TEMP MACRO utc_time(t) AS
    event_time(coalesce(TRY_CAST(trim(t) AS TIMESTAMPTZ) AT TIME ZONE 'UTC', unix_time(trim(t))));

-- A status without blanks around it and in lower case. Nearly every one comes like that.
CREATE OR REPLACE TEMP MACRO plain_status(t) AS
    CASE WHEN t IN ('completed', 'failed', 'processing') THEN t ELSE lower(trimmed(t)) END;

-- Whether a signal is about a contact: by what it names, and by what it says where it names a company too.
CREATE OR REPLACE TEMP MACRO is_about_contact(signal_type, domain, profile_url) AS
    profile_url IS NOT NULL AND (domain IS NULL OR coalesce(upper(signal_type) = 'CONTACT', false));

-- The subject of a signal: the one that was bought, where that is known.
CREATE OR REPLACE TEMP MACRO subject_of(bought, signal_type, domain, profile_url) AS
    CASE
        WHEN bought IS NOT NULL THEN bought
        WHEN is_about_contact(signal_type, domain, profile_url) THEN profile_url
        ELSE lower(trim(domain))
    END;

-- How far a state of a signal has come. Of two states the higher wins, then the one landed first.
CREATE OR REPLACE TEMP MACRO state_rank(status, question_id) AS
    (CASE status WHEN 'completed' THEN 4 WHEN 'failed' THEN 2 ELSE 0 END)
    + (CASE WHEN question_id IS NULL THEN 0 ELSE 1 END);

-- Whether research had to do without LinkedIn: a connector's status, else what the LinkedIn context says itself, else
-- that one of its capabilities was rate-limited. Nearly all metadata names none of these, and is not opened.
CREATE OR REPLACE TEMP MACRO is_degraded(metadata) AS
    CASE
        WHEN NOT contains(metadata::VARCHAR, 'degraded') AND NOT contains(metadata::VARCHAR, 'rateLimited') THEN false
        ELSE coalesce(
            list_contains(metadata ->> '$$.connectors.*.status', 'degraded')
            OR CASE metadata ->> '$$.linkedInContext.degraded'
                WHEN 'true' THEN true
                WHEN 'false' THEN false
                ELSE list_contains(metadata ->> '$$.linkedInContext.capabilities[*].rateLimited', 'true')
            END,
            false
        )
    END;

-- Why: as the connector says, else what its capabilities tell.
CREATE OR REPLACE TEMP MACRO degraded_reason(metadata) AS
    coalesce(
        (metadata ->> '$$.connectors.*.reason')[1],
        CASE
            WHEN list_contains(metadata ->> '$$.linkedInContext.capabilities[*].rateLimited', 'true') THEN 'rate_limited'
            ELSE 'not_said'
        END
    );
