-- Two scans of the same lines: the signals as they are, and what is typed of them.
INSERT INTO signals BY NAME
SELECT
    id AS signal_id, 'company' AS subject_type, domain AS subject, question, answerType AS answer_type, status,
    createdAt AS created_at, completedAt AS completed_at, confidence, reasoning, error, errorCode AS error_code,
    errorAction AS error_action, verificationMode AS verification_mode, false AS force_refreshed,
    answer AS answer_json, metadata, company
FROM read_json(
    $lines, format = 'newline_delimited', columns = {
        id: 'VARCHAR', domain: 'VARCHAR', question: 'VARCHAR', answerType: 'VARCHAR', status: 'VARCHAR',
        createdAt: 'TIMESTAMP', completedAt: 'TIMESTAMP', confidence: 'DOUBLE', reasoning: 'VARCHAR', error: 'VARCHAR',
        errorCode: 'VARCHAR', errorAction: 'VARCHAR', verificationMode: 'VARCHAR', answer: 'JSON', metadata: 'JSON',
        company: 'JSON'
    }
);

CREATE TEMP TABLE typed AS
FROM read_json(
    $lines, format = 'newline_delimited', columns = {
        id: 'VARCHAR',
        domain: 'VARCHAR',
        completedAt: 'TIMESTAMP',
        confidence: 'DOUBLE',
        sources: 'STRUCT(url VARCHAR,title VARCHAR,snippet VARCHAR)[]',
        changeContext: 'STRUCT(changeType VARCHAR, previousSignalId VARCHAR)',
        answer: 'STRUCT("type" VARCHAR, open_text STRUCT("value" VARCHAR), number STRUCT("value" DOUBLE), "boolean"
            STRUCT("value" BOOLEAN), list STRUCT("value" VARCHAR[]), percentage STRUCT("value" DOUBLE,
            unit VARCHAR), currency STRUCT("value" DECIMAL(38,4), currency VARCHAR), url STRUCT("value"
            VARCHAR), contacts STRUCT("value" STRUCT(firstName VARCHAR,lastName VARCHAR,fullName
            VARCHAR,headline VARCHAR,summary VARCHAR,positions STRUCT(companyName VARCHAR,companyUrl
            VARCHAR,title VARCHAR,tenureInMonths BIGINT,"location" VARCHAR,description VARCHAR,startedOn
            STRUCT("year" BIGINT,"month" BIGINT),endedOn STRUCT("year" BIGINT,"month"
            BIGINT))[],seniority VARCHAR[],linkedInSalesNavigatorProfileUrl VARCHAR,linkedInProfileUrl
            VARCHAR,avatar VARCHAR,"location" VARCHAR,followerCount BIGINT,education STRUCT(schoolName
            VARCHAR,schoolUrl VARCHAR,degree VARCHAR,fieldOfStudy VARCHAR,startDate STRUCT("year"
            BIGINT,"month" BIGINT),endDate STRUCT("year" BIGINT,"month" BIGINT))[])[]), contactPosts
            STRUCT("value" STRUCT(postUrl VARCHAR,postText VARCHAR,activityUrn VARCHAR,publishedAt
            VARCHAR,postType VARCHAR,author STRUCT("name" VARCHAR,headline VARCHAR,profileUrl
            VARCHAR),engagement STRUCT(reactionCount BIGINT,commentCount BIGINT,viewCount
            BIGINT,topReactionTypes VARCHAR[]),subject VARCHAR)[]), jsonSchema JSON)'
    }
);

INSERT INTO sources BY NAME
SELECT signal_id, position, source.url, source.title, source.snippet
FROM (
    SELECT id AS signal_id, unnest(sources) AS source, unnest(range(len(sources)))::INTEGER AS position FROM typed
);

INSERT INTO changes BY NAME
SELECT id AS signal_id, changeContext.changeType AS change_type FROM typed WHERE changeContext IS NOT NULL;

INSERT INTO answers_open_text BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer.open_text.value AS value
FROM typed WHERE answer.type = 'open_text';

INSERT INTO answers_url BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer.url.value AS value
FROM typed WHERE answer.type = 'url';

INSERT INTO answers_number BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer."number".value AS value
FROM typed WHERE answer.type = 'number';

INSERT INTO answers_boolean BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer."boolean".value AS value
FROM typed WHERE answer.type = 'boolean';

INSERT INTO answers_list BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer."list".value AS value
FROM typed WHERE answer.type = 'list';

INSERT INTO answers_percentage BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer.percentage.value AS value, answer.percentage.unit AS unit
FROM typed WHERE answer.type = 'percentage';

INSERT INTO answers_currency BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer.currency.value AS value, answer.currency.currency AS currency
FROM typed WHERE answer.type = 'currency';

INSERT INTO answers_json_schema BY NAME
SELECT id AS signal_id, domain AS subject, completedAt AS completed_at, confidence, answer.jsonSchema AS value
FROM typed WHERE answer.type = 'json_schema';

INSERT INTO answers_contacts BY NAME
SELECT
    signal_id, subject, completed_at, confidence, position,
    c.firstName AS first_name, c.lastName AS last_name, c.fullName AS full_name, c.headline, c.summary,
    list_transform(c.positions, lambda p: {
        'company_name': p.companyName, 'company_url': p.companyUrl, 'title': p.title,
        'tenure_in_months': p.tenureInMonths, 'location': p.location, 'description': p.description,
        'started_on': p.startedOn, 'ended_on': p.endedOn
    }) AS positions,
    c.seniority, c.linkedInSalesNavigatorProfileUrl AS linked_in_sales_navigator_profile_url,
    c.linkedInProfileUrl AS linked_in_profile_url, c.avatar, c.location, c.followerCount AS follower_count,
    list_transform(c.education, lambda e: {
        'school_name': e.schoolName, 'school_url': e.schoolUrl, 'degree': e.degree,
        'field_of_study': e.fieldOfStudy, 'start_date': e.startDate, 'end_date': e.endDate
    }) AS education
FROM (
    SELECT
        id AS signal_id, domain AS subject, completedAt AS completed_at, confidence,
        unnest(answer.contacts.value) AS c, unnest(range(len(answer.contacts.value)))::INTEGER AS position
    FROM typed WHERE answer.type = 'contacts'
);

INSERT INTO answers_contact_posts BY NAME
SELECT
    signal_id, subject, completed_at, confidence, position,
    p.postUrl AS post_url, p.postText AS post_text, p.activityUrn AS activity_urn, p.publishedAt AS published_at,
    p.postType AS post_type,
    {'name': p.author.name, 'headline': p.author.headline, 'profile_url': p.author.profileUrl} AS author,
    {
        'reaction_count': p.engagement.reactionCount, 'comment_count': p.engagement.commentCount,
        'view_count': p.engagement.viewCount, 'top_reaction_types': p.engagement.topReactionTypes
    } AS engagement,
    p.subject AS post_subject
FROM (
    SELECT
        id AS signal_id, domain AS subject, completedAt AS completed_at, confidence,
        unnest(answer.contactPosts.value) AS p, unnest(range(len(answer.contactPosts.value)))::INTEGER AS position
    FROM typed WHERE answer.type = 'contact_posts'
);
