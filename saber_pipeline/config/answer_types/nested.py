"""Answer types whose answers are objects: contacts, posts and engagements with a row for each, and free JSON."""

from __future__ import annotations

from dataclasses import replace

from saber_pipeline.config.answer_types.record import (
    AnswerKind,
    AnswerType,
    Column,
    ColumnType,
    Docs,
    Exact,
    Items,
    ItemsSql,
    Lenient,
)

_MONTH: ColumnType = {"year": "BIGINT", "month": "BIGINT"}
_AUTHOR: ColumnType = {"name": "VARCHAR", "headline": "VARCHAR", "profile_url": "VARCHAR"}
_PLACE = Column("position", "INTEGER", "Place in the answer, from 0.")
_EXACT_ROWS = (("first_character = '[' AND holds_objects(value)", "value"),)
_LENIENT_ROWS = Lenient((("given = wanted AND kind = 'ARRAY' AND holds_objects(value)", "value"),))

CONTACTS = AnswerKind(
    type=AnswerType.CONTACTS,
    table="answers_contacts",
    meaning="Contacts found, one row each.",
    columns=(
        _PLACE,
        Column("first_name", "VARCHAR", "First name."),
        Column("last_name", "VARCHAR", "Last name."),
        Column("full_name", "VARCHAR", "Full name."),
        Column("headline", "VARCHAR", "Headline of the profile."),
        Column("summary", "VARCHAR", "Summary of the profile.", is_prose=True),
        Column(
            "positions",
            [
                {
                    "company_name": "VARCHAR",
                    "company_url": "VARCHAR",
                    "title": "VARCHAR",
                    "tenure_in_months": "BIGINT",
                    "location": "VARCHAR",
                    "description": "VARCHAR",
                    "started_on": _MONTH,
                    "ended_on": _MONTH,
                }
            ],
            "Positions held.",
        ),
        Column("seniority", ["VARCHAR"], "Seniority levels."),
        Column("linked_in_sales_navigator_profile_url", "VARCHAR", "Sales Navigator profile URL."),
        Column("linked_in_profile_url", "VARCHAR", "LinkedIn profile URL."),
        Column("avatar", "VARCHAR", "URL of the picture."),
        Column("location", "VARCHAR", "Where the contact is."),
        Column("follower_count", "BIGINT", "Number of followers."),
        Column(
            "education",
            [
                {
                    "school_name": "VARCHAR",
                    "school_url": "VARCHAR",
                    "degree": "VARCHAR",
                    "field_of_study": "VARCHAR",
                    "start_date": _MONTH,
                    "end_date": _MONTH,
                }
            ],
            "Education.",
        ),
    ),
    shape="nested_value",
    exact=Exact('"contacts": {"value": "JSON"}', "found.contacts.value", _EXACT_ROWS),
    lenient=_LENIENT_ROWS,
    text="",
    counted="",
    criteria=None,
    docs=Docs(
        "a person was added or removed (by profile URL, otherwise by name), or a headline differs",
        shown="a row for each person",
    ),
    said=Items(
        name="""coalesce(
            nullif(lower(rtrim(trim(linked_in_profile_url), '/')), ''),
            nullif(lower(rtrim(trim(linked_in_sales_navigator_profile_url), '/')), ''),
            nullif(trim(full_name), ''),
            concat_ws(' ', first_name, last_name)
        )""",
        content="coalesce(headline, '')",
        label="""coalesce(full_name, nullif(concat_ws(' ', first_name, last_name), ''), name)
            || coalesce(' (' || headline || ')', '')""",
    ),
)
CONTACTS_GENERATION = replace(
    CONTACTS, type=AnswerType.CONTACTS_GENERATION, replied_as=AnswerType.CONTACTS, fits_batches=False
)
CONTACT_POSTS = AnswerKind(
    type=AnswerType.CONTACT_POSTS,
    table="answers_contact_posts",
    meaning="Posts of contacts, one row each.",
    columns=(
        _PLACE,
        Column("post_url", "VARCHAR", "URL of the post."),
        Column("post_text", "VARCHAR", "Text of the post.", is_prose=True),
        Column("activity_urn", "VARCHAR", "The network's id of the activity."),
        Column("published_at", "VARCHAR", "When it was published, as the API words it (it may be relative)."),
        Column("post_type", "VARCHAR", "original, shared or repost."),
        Column("author", _AUTHOR, "Who wrote it."),
        Column(
            "engagement",
            {
                "reaction_count": "BIGINT",
                "comment_count": "BIGINT",
                "view_count": "BIGINT",
                "top_reaction_types": ["VARCHAR"],
            },
            "Reactions to it.",
        ),
        Column("post_subject", "VARCHAR", "What the post is about (the API's field subject).", given="subject"),
    ),
    shape="nested_value",
    exact=Exact(
        members='"contact_posts": "JSON", "contactPosts": {"value": "JSON"}',
        found="CASE WHEN found.contact_posts IS NULL THEN found.contactPosts.value END",
        cases=_EXACT_ROWS,
    ),
    lenient=_LENIENT_ROWS,
    text="",
    counted="",
    criteria=None,
    docs=Docs(
        "a post was added or removed (by its URL), or its text differs; counters do not matter",
        shown="a row for each post",
    ),
    said=Items(
        name="coalesce(post_url, activity_urn, post_text, '')",
        content="coalesce(post_text, '')",
        label="""coalesce(author."name" || ': ', '') || coalesce(post_text, post_url, '')""",
    ),
)
CONTACT_ENGAGEMENTS = AnswerKind(
    type=AnswerType.CONTACT_ENGAGEMENTS,
    table="answers_contact_engagements",
    meaning="Comments and reactions of contacts, one row each.",
    columns=(
        _PLACE,
        Column("post_url", "VARCHAR", "URL of the post engaged with."),
        Column("post_author", _AUTHOR, "Who wrote the post."),
        Column("post_text", "VARCHAR", "Text of the post.", is_prose=True),
        Column("published_at", "TIMESTAMP", "When the post was published, UTC.", is_time=True),
        Column("engagement_type", "VARCHAR", "comment or reaction."),
        Column("engagement_date", "TIMESTAMP", "When the contact engaged, UTC.", is_time=True),
        Column("comment_text", "VARCHAR", "Text of the comment.", is_prose=True),
        Column("reaction_text", "VARCHAR", "The reaction."),
    ),
    shape="nested_value",
    exact=Exact(
        members='"contact_engagements": "JSON", "contactEngagements": {"value": "JSON"}',
        found="CASE WHEN found.contact_engagements IS NULL THEN found.contactEngagements.value END",
        cases=_EXACT_ROWS,
    ),
    lenient=_LENIENT_ROWS,
    text="",
    counted="",
    criteria=None,
    docs=Docs(
        "a comment or reaction was added or removed, or its text differs",
        shown="a row for each comment or reaction",
    ),
    said=Items(
        name="coalesce(engagement_type || ' on ', '') || coalesce(post_url, post_text, '')",
        content="concat_ws(' ', comment_text, reaction_text)",
        label="name || coalesce(': ' || nullif(content, ''), '')",
    ),
    fits_batches=False,
)
JSON_SCHEMA = AnswerKind(
    type=AnswerType.JSON_SCHEMA,
    table="answers_json_schema",
    meaning="Answers in a shape given by the question's output schema.",
    columns=(Column("value", "JSON", "The object as it came.", is_prose=True),),
    shape="nested_value",
    exact=Exact(
        members='"json_schema": "JSON", "jsonSchema": "JSON"',
        found="CASE WHEN found.json_schema IS NULL THEN found.jsonSchema END",
        cases=(("first_character = '{'", "value"),),
    ),
    lenient=Lenient((("given = wanted AND kind = 'OBJECT'", "value"),)),
    said=ItemsSql("view_answer_changes_json_schema"),
    is_object=True,
    text="",
    counted="",
    criteria=None,
    docs=Docs(
        "a property was added or removed, or differs; the order of keys does not matter, and `null` equals absent",
        changes="{}: names of properties; `old_value` and `new_value` show only those",
        shown="a typed column for each property of the schema",
    ),
)
NESTED = (CONTACTS, CONTACTS_GENERATION, CONTACT_POSTS, CONTACT_ENGAGEMENTS, JSON_SCHEMA)
