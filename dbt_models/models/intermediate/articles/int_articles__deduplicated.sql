-- Chooses the canonical article of each group with the same content hash. Each criterion is applied to the whole group:
--
-- 1. keep the articles that others credit, if there are any;
-- 2. of those, keep the ones before which no other was certainly published;
-- 3. of those, take the first captured; then the smallest URL; then the smallest article_id.
--
-- Criterion 2 compares two dates at the coarser precision of the two. Each date is therefore a time span (its day,
-- minute or second). One article was certainly published before another if its span ends before the other's begins.
-- Comparing articles in pairs by all criteria can give a cycle: 08:15 is before 10:00, both tie with the bare date of
-- that day, and the capture order may be "10:00, bare date, 08:15". Removing every certainly later article first cannot
-- give a cycle: disjoint spans are ordered, so at least one article always remains. An article that wins against every
-- other one in pairs is always the one chosen here.
with articles as (

    select * from {{ ref('int_articles__current') }}

),

urls as (

    select article_id, {{ comparable_url('url') }} as url from {{ ref('int_articles__captured') }}
    union
    -- Pages link to the requested URL, which is not always the canonical one.
    select article_id, {{ comparable_url('captured_url') }} as url from {{ ref('int_articles__captured') }}

),

credited_by_url as (

    select credited.article_id
    from articles as crediting
    inner join urls on {{ comparable_url('crediting.credited_source_url') }} = urls.url
    inner join articles as credited
        on urls.article_id = credited.article_id
        and crediting.content_hash = credited.content_hash
    where crediting.article_id != credited.article_id

),

credited_by_name as (

    select credited.article_id
    from articles as crediting
    inner join {{ ref('stg_portal__portals') }} as portals
        on {{ folded_name('crediting.credited_source_name') }} = {{ folded_name('portals.name') }}
    inner join articles as credited
        on portals.slug = credited.portal
        and crediting.content_hash = credited.content_hash
    -- A portal that names itself signs its own text and credits nobody.
    where crediting.portal != credited.portal

),

credited as (

    select article_id from credited_by_url
    union
    select article_id from credited_by_name

),

spans as (

    select
        articles.article_id,
        articles.content_hash,
        articles.url,
        articles.first_captured_at,
        credited.article_id is not null as is_credited,
        case articles.published_precision when 'second' then 'second' when 'minute' then 'minute' else 'day' end
            as unit,
        -- Days begin at midnight in Hà Nội.
        date_trunc(unit, {{ hanoi_time('articles.published_at') }}) as span_begins,
        span_begins
        + case unit when 'second' then interval 1 second when 'minute' then interval 1 minute else interval 1 day end
            as span_ends
    from articles
    left join credited on articles.article_id = credited.article_id
    where articles.content_hash is not null

),

compared as (

    select
        *,
        -- Unknown dates sort last: every known date is before them.
        coalesce(
            coalesce(span_begins, timestamp 'infinity')
            >= min(span_ends) over (partition by content_hash, is_credited),
            false
        ) as is_certainly_later
    from spans

),

ranked as (

    select
        article_id,
        is_credited,
        row_number() over by_criteria = 1 as is_canonical,
        first_value(article_id) over by_criteria as canonical_article_id,
        count(*) over (partition by content_hash) - 1 as copy_count
    from compared
    window by_criteria as (
        partition by content_hash
        order by is_credited desc, is_certainly_later asc, first_captured_at asc, url asc, article_id asc
    )

)

select
    articles.article_id,
    articles.content_hash,
    coalesce(ranked.is_credited, false) as is_credited,
    -- An article without a content hash is not a copy of any other.
    coalesce(ranked.is_canonical, true) as is_canonical,
    coalesce(ranked.canonical_article_id, articles.article_id) as canonical_article_id,
    coalesce(ranked.copy_count, 0) as copy_count
from articles
left join ranked on articles.article_id = ranked.article_id
