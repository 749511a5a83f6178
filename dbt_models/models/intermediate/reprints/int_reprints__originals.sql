-- Which articles are reprints, of what, and how that is known. The current revision counts.
--
-- What the page says comes first: the article that it cites, else the one most like it in the portal that it credits.
-- Only where a page credits nobody, the article is a reprint of the earliest one of which it is a copy or
-- near-duplicate, or in which nearly all of it stands. A source that the corpus lacks leaves the original null.
--
-- Made whole in every build: a row changes with the article that a page cites, and with the definitions of portals.
with own as (

    select
        article_id,
        revision,
        portal,
        text_id,
        published_by
    from {{ ref('int_copies__revisions') }}
    where valid_to is null

),

credits as (

    select
        article_id,
        basis,
        source_name,
        source_key,
        url_key,
        source_portal,
        source_article_id
    from {{ ref('int_articles__credited') }}
    where
        is_current
        and not is_self_credit
        and (source_key is not null or url_key is not null)

),

-- From either side: of a source that a page names, the date need not be earlier.
similar_texts as (

    select
        own.article_id,
        pairs.other_text_id,
        {{ text_difference('pairs') }} as difference
    from own
    semi join credits
        on own.article_id = credits.article_id
    inner join {{ ref('int_copies__pairs') }} as pairs
        on own.text_id = pairs.text_id
    where pairs.kind != 'template'

),

credited_matches as (

    select
        credits.article_id,
        others.article_id as other_article_id,
        others.revision as other_revision,
        similar_texts.difference
    from credits
    inner join similar_texts
        on credits.article_id = similar_texts.article_id
    inner join {{ ref('int_copies__revisions') }} as others
        on
        similar_texts.other_text_id = others.text_id
        and credits.source_portal = others.portal
        and credits.article_id != others.article_id
    where coalesce(credits.source_article_id = others.article_id, true)
    qualify row_number() over (
        partition by credits.article_id
        order by
            similar_texts.difference.containment + similar_texts.difference.other_containment desc,
            others.published_by asc,
            others.article_id asc,
            others.revision asc
    ) = 1

),

credited as (

    select
        credits.article_id,
        coalesce(credits.source_article_id, matches.other_article_id) as original_article_id,
        matches.other_revision as original_revision,
        case
            when credits.source_article_id is not null then 'credited_url'
            when credits.basis = 'credit' then 'credited_source'
            else 'mark'
        end as how_known,
        matches.difference
    from credits
    left join credited_matches as matches
        on credits.article_id = matches.article_id

),

uncredited as (

    select
        matches.article_id,
        matches.other_article_id as original_article_id,
        matches.other_revision as original_revision,
        if(matches.kind = 'excerpt', 'containment', 'first_published') as how_known,
        {{ text_difference('matches') }} as difference
    from {{ ref('int_copies__matches') }} as matches
    semi join own
        on
        matches.article_id = own.article_id
        and matches.revision = own.revision
    anti join credits
        on matches.article_id = credits.article_id
    where
        matches.kind in ('copy', 'near_duplicate')
        or (matches.kind = 'excerpt' and matches.containment >= {{ var('reprint_containment_min') }})
    -- The earliest article, and of its revisions the one that is most like the reprint.
    qualify row_number() over (
        partition by matches.article_id
        order by
            matches.other_first_published_by asc,
            matches.other_article_id asc,
            matches.similarity desc,
            matches.other_revision asc
    ) = 1

),

reprints as (

    select * from credited
    union all
    select * from uncredited

),

-- When an original was first published, whatever revision is like the reprint.
first_revisions as (

    select
        revisions.article_id,
        min(revisions.published_by) as published_by
    from {{ ref('int_copies__revisions') }} as revisions
    semi join reprints
        on revisions.article_id = reprints.original_article_id
    group by revisions.article_id

)

select
    reprints.article_id,
    articles.portal,
    reprints.original_article_id,
    coalesce(originals.portal, credits.source_portal) as original_portal,
    reprints.original_revision,
    reprints.how_known,
    credits.source_name,
    credits.url_key as source_url_key,
    own.published_by,
    first_revisions.published_by as original_published_by,
    case
        when own.published_by >= first_revisions.published_by
            then date_diff('minute', first_revisions.published_by, own.published_by)
    end as delay_minutes,
    reprints.difference.kind,
    reprints.difference.similarity,
    reprints.difference.containment,
    reprints.difference.other_containment,
    reprints.difference.changed_sentence_count,
    reprints.difference.added_sentence_count,
    reprints.difference.removed_sentence_count,
    reprints.difference.figures_added,
    reprints.difference.figures_removed
from reprints
inner join {{ ref('int_articles__current') }} as articles
    on reprints.article_id = articles.article_id
left join own
    on reprints.article_id = own.article_id
left join credits
    on reprints.article_id = credits.article_id
left join {{ ref('int_articles__current') }} as originals
    on reprints.original_article_id = originals.article_id
left join first_revisions
    on reprints.original_article_id = first_revisions.article_id
