-- The canonical article of each group of equal content hashes. Criterion by criterion, over the whole group:
--
-- 1. articles that others credit, where there are any;
-- 2. of those, the ones that no other was surely published before;
-- 3. of those, the first captured; then the smallest URL; then the smallest article_id.
--
-- Criterion 2 compares two dates at the coarser precision of the two. Each date therefore stands for a span of time
-- (its day, minute or second), and one article was surely published before another when its span ends before the
-- other's begins. Comparing pair by pair down the whole list of criteria can go round in a circle: 08:15 is before
-- 10:00, both are level with the bare date of that day, and the captures may say "10:00, bare date, 08:15". Dropping
-- whoever is surely later first cannot: spans that lie apart are ordered, so someone always remains. Where one article
-- wins against every other pair by pair, it is the one chosen here.
with articles as (

    select * from {{ ref('int_articles__current') }}

),

addresses as (

    select article_id, {{ address('url') }} as address from {{ ref('int_articles__captured') }}
    union
    -- What a page links to is what was requested, which is not always the canonical form.
    select article_id, {{ address('captured_url') }} from {{ ref('int_articles__captured') }}

),

credited_by_url as (

    select credited.article_id
    from articles as crediting
    inner join addresses on {{ address('crediting.credited_source_url') }} = addresses.address
    inner join articles as credited
        on addresses.article_id = credited.article_id
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
    -- A portal that names itself signs its text; it credits nobody.
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

judged as (

    select
        *,
        -- Unknown dates come last: any known date is before them.
        coalesce(
            coalesce(span_begins, timestamp 'infinity')
            >= min(span_ends) over (partition by content_hash, is_credited),
            false
        ) as is_surely_later
    from spans

),

ranked as (

    select
        article_id,
        is_credited,
        row_number() over by_criteria = 1 as is_canonical,
        first_value(article_id) over by_criteria as canonical_article_id,
        count(*) over (partition by content_hash) - 1 as copy_count
    from judged
    window by_criteria as (
        partition by content_hash
        order by is_credited desc, is_surely_later, first_captured_at, url, article_id
    )

)

select
    articles.article_id,
    articles.content_hash,
    coalesce(ranked.is_credited, false) as is_credited,
    -- Without a content hash an article is nobody's copy.
    coalesce(ranked.is_canonical, true) as is_canonical,
    coalesce(ranked.canonical_article_id, articles.article_id) as canonical_article_id,
    coalesce(ranked.copy_count, 0) as copy_count
from articles
left join ranked on articles.article_id = ranked.article_id
