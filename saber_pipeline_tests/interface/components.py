"""The objects of the Saber Platform API, written after its published documents.

One line for each field: its name, ``!`` where it is always there, and its type. Types: ``str int num bool object``,
``uri``, ``date-time`` and ``uuid`` (texts of that format), ``<a b>`` (one of these words), ``[type]`` (a list),
``@Name`` (another object), ``type?`` (or null). A name with a dot lies in the object before it, with ``[]`` in a list
of objects. ``closed``: no other fields. ``allOf X``: the fields of X, too. ``oneOf X Y``: an X or a Y.
"""

from __future__ import annotations

STATUSES = "<processing completed failed>"
WEIGHTS = "<important nice_to_have not_important>"
BATCH_ANSWERS = "<open_text number boolean list percentage currency url contacts contact_posts json_schema>"
ALL_ANSWERS = f"{BATCH_ANSWERS[:-1]} contacts_generation contact_engagements>"

COMPONENTS: dict[str, str] = {
    # Asking
    "CreateSignalRequest": f"""
        closed
        domain! str
        question! str
        answerType {ALL_ANSWERS}
        outputSchema object
        webhookUrl uri
        weight {WEIGHTS}
        qualificationCriteria object
        signalTemplateId uuid
        forceRefresh bool
        connectors.salesNavigator.enabled! <required preferred off>
        verificationMode <strict lenient>
    """,
    "CreateContactSignalRequest": f"""
        closed
        contactProfileUrl! uri
        question! str
        answerType {ALL_ANSWERS}
        outputSchema object
        webhookUrl uri
        weight {WEIGHTS}
        qualificationCriteria object
        signalTemplateId uuid
        forceRefresh bool
        connectors.salesNavigator.enabled! <required preferred off>
        verificationMode <strict lenient>
    """,
    "CreateSignalBatchRequest": f"""
        closed
        signals[]!.question str
        signals[]!.templateId uuid
        signals[]!.answerType {BATCH_ANSWERS}
        signals[]!.outputSchema object
        signals[]!.weight {WEIGHTS}
        signals[]!.qualificationCriteria object
        signals[]!.webhookUrl uri
        signals[]!.forceRefresh bool
        domains! [str]
        generateSummaryOnComplete bool
        async bool
    """,
    "CreateContactResearchRequest": """
        closed
        firstName! str
        lastName! str
        companyName! str
        companyDomain! str
        contactProfileUrl uri
        linkedInSalesNavigatorUrl uri
        jobTitle str
        webhookUrl uri
    """,
    "ContactSearchRequest": """
        closed
        companyLinkedInUrls [uri]
        firstName str
        lastName str
        jobTitles [str]
        keywords str
        countries [str]
        departments [str]
        seniorityLevels [str]
        limit int
        offset int
    """,
    # Signals
    "BaseSignalResponse": f"""
        id! str
        signalType! <COMPANY CONTACT>
        status! {STATUSES}
        question! str
        answerType {BATCH_ANSWERS}
        createdAt! date-time
    """,
    "CompanySignalResponse": """
        allOf BaseSignalResponse
        signalType <COMPANY>
        domain! str
    """,
    "ContactSignalResponse": """
        allOf BaseSignalResponse
        signalType <CONTACT>
        contactProfileUrl! str
    """,
    "SignalResponse": "oneOf CompanySignalResponse ContactSignalResponse",
    "SignalDetailResponse": """
        allOf SignalResponse
        completedAt date-time
        answer @Answer?
        reasoning str
        confidence num
        sources[].url uri
        sources[].title str
        sources[].snippet str
        metadata.companyName str
        metadata.processingTimeMs num
        metadata.connectors.salesNavigator.status! <ok degraded>
        metadata.connectors.salesNavigator.reason <rate_limited disconnected>
        metadata.linkedInContext @LinkedInContext
        error str
        errorCode <LINKEDIN_RATE_LIMIT_EXCEEDED LINKEDIN_CONNECTOR_REQUIRED CONNECTOR_UNAVAILABLE VALIDATION_ERROR>
        errorAction str
        changeContext @ChangeContext
        verificationMode <strict lenient>
        company @CompanyFirmographics
    """,
    "LinkedInContext": """
        linkedInToolsUsed! bool
        mode! <required preferred off>
        capabilities! [@LinkedInCapabilityStatus]
        degraded bool
    """,
    "LinkedInCapabilityStatus": """
        capability! <contact_search profile_enrichment company_data company_search activity_tracking post_search>
        used! bool
        rateLimited bool
    """,
    "ChangeContext": """
        changeType! <INITIAL NO_CHANGE CHANGED MINOR_CHANGE MAJOR_CHANGE>
        changeDelta object?
        previousSignalId str?
        changedFields! [str]
        addedFields! [str]
        updatedFields! [str]
        removedFields! [str]
    """,
    "CompanyFirmographics": """
        id str
        name str
        domain str
        industry str
        website str
        size str
        type str
        founded int
        city str
        state str
        countryCode str
        handle str
        linkedInId int
        linkedInUrl uri
        linkedInFollowers int
        employeeCount int
        description str
        logoUrl uri
    """,
    "SignalBatchResponse": """
        submittedAt! date-time
        totalSignals! int
        accepted! int
        rejected! int
        results! [@SignalResponse]
    """,
    "AsyncBatchResponse": """
        batchId! uuid
        submittedAt! date-time
        totalSignals! int
        status! <accepted>
        async! bool
    """,
    # Answers
    "Answer": (
        "oneOf OpenTextAnswer NumberAnswer BooleanAnswer ListAnswer PercentageAnswer CurrencyAnswer URLAnswer "
        "ContactsAnswer ContactPostsAnswer ContactEngagementsAnswer JSONSchemaAnswer"
    ),
    "OpenTextAnswer": "type! <open_text>\n open_text!.value! str",
    "NumberAnswer": "type! <number>\n number!.value! num",
    "BooleanAnswer": "type! <boolean>\n boolean!.value! bool",
    "ListAnswer": "type! <list>\n list!.value! [str]",
    "PercentageAnswer": "type! <percentage>\n percentage!.value! num\n percentage!.unit! str",
    "CurrencyAnswer": "type! <currency>\n currency!.value! num\n currency!.currency! str",
    "URLAnswer": "type! <url>\n url!.value! uri",
    "ContactsAnswer": "type! <contacts>\n contacts!.value! [@Contact]",
    "ContactPostsAnswer": "type! <contact_posts>\n contactPosts!.value! [@Post]",
    "ContactEngagementsAnswer": "type! <contact_engagements>\n contactEngagements!.value! [@ContactEngagement]",
    "JSONSchemaAnswer": "type! <json_schema>\n jsonSchema! object",
    # People, their posts and what they reacted to
    "Contact": """
        firstName str
        lastName str
        fullName str
        headline str
        summary str
        positions [@ContactPosition]
        seniority [str]
        linkedInSalesNavigatorProfileUrl uri
        linkedInProfileUrl uri
        avatar uri
        location str
        followerCount int
        education [@Education]
    """,
    "ContactPosition": """
        companyName! str
        companyUrl uri
        title! str
        tenureInMonths int
        location str
        description str
        startedOn @ContactDate
        endedOn @ContactDate?
    """,
    "ContactDate": "year! int\n month int",
    "Education": """
        schoolName! str
        schoolUrl uri
        degree str
        fieldOfStudy str
        startDate @ContactDate
        endDate @ContactDate?
    """,
    "Post": """
        postUrl! uri
        postText str
        activityUrn str
        publishedAt str
        postType <original shared repost>
        author @PostAuthor
        engagement @PostEngagement
        subject str
    """,
    "PostAuthor": "name! str\n headline str\n profileUrl uri",
    "PostEngagement": "reactionCount int\n commentCount int\n viewCount int\n topReactionTypes [str]",
    "ContactEngagement": """
        postUrl! uri
        postAuthor @PostAuthor
        postText str
        publishedAt date-time
        engagementType! <comment reaction>
        engagementDate date-time
        commentText str
        reactionText str
    """,
    "ContactSearchResponse": """
        items! [@ContactSearchResult]
        total! int
        limit! int
        offset! int
        hasMore! bool
        salesNavConnected! bool
    """,
    "ContactSearchResult": """
        firstName str
        lastName str
        fullName str
        headline str
        summary str
        positions [@ContactPosition]
        role str
        companyName str
        tenureAtCompany @Tenure
        tenureAtPosition @Tenure
        seniority [str]
        linkedInSalesNavigatorProfileUrl uri
        linkedInProfileUrl uri
        avatar uri
        location str
    """,
    "Tenure": "years int\n months int",
    "ContactResearchResponse": f"""
        id! str
        status! {STATUSES}
        createdAt! date-time
    """,
    "ContactResearchDetailResponse": f"""
        id! str
        status! {STATUSES}
        firstName! str
        lastName! str
        companyName! str
        companyDomain! str
        createdAt! date-time
        contactProfileUrl str
        jobTitle str
        profile.summary str
        profile.currentRole str
        profile.currentCompany str
        profile.location str
        profile.experience[].title str
        profile.experience[].company str
        profile.experience[].duration str
        communicationStyle.preference str
        interests [str]
        challenges [str]
        linkedInActivity.postingFrequency str
        linkedInActivity.engagementLevel str
        linkedInActivity.lastActivityDate date-time
        error str
        completedAt date-time
    """,
    # Pages of listings
    "SignalPage": """
        results! [@SignalDetailResponse]
        total! int
        limit! int
        offset! int
        count! int
    """,
    "ContactSignalPage": """
        results [@SignalDetailResponse]
        total int
        limit int
        offset int
        count int
    """,
    "ContactSignalDetail": """
        allOf SignalDetailResponse
        contactProfileUrl uri
    """,
    # The account, and refusals
    "CreditsBalance": "remainingCredits! int",
    "ErrorResponse": """
        error!.type! <BAD_REQUEST VALIDATION UNPROCESSABLE_ENTITY NOT_FOUND CONFLICT UNAUTHORIZED FORBIDDEN PAYMENT_REQUIRED PAYLOAD_TOO_LARGE INTERNAL EXTERNAL TIMEOUT>
        error!.code! str
        error!.message str
        error!.errorCode str
        error!.errorAction str
        error!.details object
        error!.requestId! uuid
        error!.fields[].field! str
        error!.fields[].message! str
        error!.debug.cause str
    """,  # noqa: E501 - one field is one line
    "RateLimitErrorResponse": """
        statusCode! int
        error! str
        message! str
        retryAfter int
    """,
}

PAGE_OF_ITEMS = """
    items! [object]
    total! int
    limit! int
    offset! int
    hasMore! bool
"""
NOT_PUBLISHED: dict[str, str] = {
    # Objects that the published interface leaves out. The documents name their requests, open clients their fields.
    "Template": f"""
        id! str
        version int
        name str
        description str
        question str
        answerType {ALL_ANSWERS}
        outputSchema object
        weight {WEIGHTS}
        qualificationCriteria object
        createdAt date-time
        deletedAt date-time
    """,
    "TemplatePage": PAGE_OF_ITEMS,
    "Summary": """
        id! str
        summary[].description str
        summary[].qualification str
        summary[].referenceQuestions [str]
        summary[].sources [str]
        status str
        signalsCount int
        createdAt date-time
        updatedAt date-time
    """,
    "SummaryPage": """
        results! [object]
        total! int
        limit! int
        offset! int
        count! int
    """,
    "ListedCompany": """
        id! str
        name str
        domain str
        handle str
        industry str
        size str
        type str
        founded int
        city str
        state str
        countryCode str
        enrichedData.liId str
    """,
    "ListedCompanyPage": PAGE_OF_ITEMS,
}
