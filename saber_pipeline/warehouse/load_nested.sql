-- Answers of several rows: contacts, posts, engagements. Items that are no objects are left out; a field that
-- does not fit its type is NULL. What came stays in signals.answer_json.
INSERT INTO answers_contacts BY NAME
SELECT
    signal_id, subject, question_key, completed_at, confidence, question_id, position,
    c.firstName AS first_name,
    c.lastName AS last_name,
    c.fullName AS full_name,
    c.headline,
    c.summary,
    list_transform(c.positions, lambda p: {
        'company_name': p.companyName, 'company_url': p.companyUrl, 'title': p.title,
        'tenure_in_months': p.tenureInMonths, 'location': p.location, 'description': p.description,
        'started_on': p.startedOn, 'ended_on': p.endedOn
    }) AS positions,
    c.seniority,
    c.linkedInSalesNavigatorProfileUrl AS linked_in_sales_navigator_profile_url,
    c.linkedInProfileUrl AS linked_in_profile_url,
    c.avatar,
    c.location,
    c.followerCount AS follower_count,
    list_transform(c.education, lambda e: {
        'school_name': e.schoolName, 'school_url': e.schoolUrl, 'degree': e.degree,
        'field_of_study': e.fieldOfStudy, 'start_date': e.startDate, 'end_date': e.endDate
    }) AS education
FROM (
    SELECT
        signal_id, subject, question_key, completed_at, confidence, question_id,
        unnest(json_transform(nested_value, '[{
            "firstName": "VARCHAR", "lastName": "VARCHAR", "fullName": "VARCHAR", "headline": "VARCHAR",
            "summary": "VARCHAR",
            "positions": [{
                "companyName": "VARCHAR", "companyUrl": "VARCHAR", "title": "VARCHAR",
                "tenureInMonths": "BIGINT", "location": "VARCHAR", "description": "VARCHAR",
                "startedOn": {"year": "BIGINT", "month": "BIGINT"},
                "endedOn": {"year": "BIGINT", "month": "BIGINT"}
            }],
            "seniority": ["VARCHAR"], "linkedInSalesNavigatorProfileUrl": "VARCHAR",
            "linkedInProfileUrl": "VARCHAR", "avatar": "VARCHAR", "location": "VARCHAR",
            "followerCount": "BIGINT",
            "education": [{
                "schoolName": "VARCHAR", "schoolUrl": "VARCHAR", "degree": "VARCHAR", "fieldOfStudy": "VARCHAR",
                "startDate": {"year": "BIGINT", "month": "BIGINT"},
                "endDate": {"year": "BIGINT", "month": "BIGINT"}
            }]
        }]')) AS c,
        unnest(kinds) AS kind,
        unnest(range(len(kinds)))::INTEGER AS position
    FROM (
        SELECT *, json_type(nested_value, '$[*]') AS kinds FROM coerced WHERE is_typed AND wanted = 'contacts'
    )
)
WHERE kind = 'OBJECT';

INSERT INTO answers_contact_posts BY NAME
SELECT
    signal_id, subject, question_key, completed_at, confidence, question_id, position,
    p.postUrl AS post_url,
    p.postText AS post_text,
    p.activityUrn AS activity_urn,
    p.publishedAt AS published_at,
    p.postType AS post_type,
    CASE WHEN p.author IS NOT NULL THEN
        {'name': p.author.name, 'headline': p.author.headline, 'profile_url': p.author.profileUrl}
    END AS author,
    CASE WHEN p.engagement IS NOT NULL THEN {
        'reaction_count': p.engagement.reactionCount, 'comment_count': p.engagement.commentCount,
        'view_count': p.engagement.viewCount, 'top_reaction_types': p.engagement.topReactionTypes
    } END AS engagement,
    p.subject AS post_subject
FROM (
    SELECT
        signal_id, subject, question_key, completed_at, confidence, question_id,
        unnest(json_transform(nested_value, '[{
            "postUrl": "VARCHAR", "postText": "VARCHAR", "activityUrn": "VARCHAR", "publishedAt": "VARCHAR",
            "postType": "VARCHAR",
            "author": {"name": "VARCHAR", "headline": "VARCHAR", "profileUrl": "VARCHAR"},
            "engagement": {
                "reactionCount": "BIGINT", "commentCount": "BIGINT", "viewCount": "BIGINT",
                "topReactionTypes": ["VARCHAR"]
            },
            "subject": "VARCHAR"
        }]')) AS p,
        unnest(kinds) AS kind,
        unnest(range(len(kinds)))::INTEGER AS position
    FROM (
        SELECT *, json_type(nested_value, '$[*]') AS kinds FROM coerced WHERE is_typed AND wanted = 'contact_posts'
    )
)
WHERE kind = 'OBJECT';

INSERT INTO answers_contact_engagements BY NAME
SELECT
    signal_id, subject, question_key, completed_at, confidence, question_id, position,
    e.postUrl AS post_url,
    CASE WHEN e.postAuthor IS NOT NULL THEN
        {'name': e.postAuthor.name, 'headline': e.postAuthor.headline, 'profile_url': e.postAuthor.profileUrl}
    END AS post_author,
    e.postText AS post_text,
    utc_time(e.publishedAt) AS published_at,
    e.engagementType AS engagement_type,
    utc_time(e.engagementDate) AS engagement_date,
    e.commentText AS comment_text,
    e.reactionText AS reaction_text
FROM (
    SELECT
        signal_id, subject, question_key, completed_at, confidence, question_id,
        unnest(json_transform(nested_value, '[{
            "postUrl": "VARCHAR",
            "postAuthor": {"name": "VARCHAR", "headline": "VARCHAR", "profileUrl": "VARCHAR"},
            "postText": "VARCHAR", "publishedAt": "VARCHAR", "engagementType": "VARCHAR",
            "engagementDate": "VARCHAR", "commentText": "VARCHAR", "reactionText": "VARCHAR"
        }]')) AS e,
        unnest(kinds) AS kind,
        unnest(range(len(kinds)))::INTEGER AS position
    FROM (
        SELECT *, json_type(nested_value, '$[*]') AS kinds FROM coerced WHERE is_typed AND wanted = 'contact_engagements'
    )
)
WHERE kind = 'OBJECT';
