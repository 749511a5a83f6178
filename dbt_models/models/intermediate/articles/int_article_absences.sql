-- Attributes each absence to the article last seen under the requested key. If an article was ever captured under the
-- key from which its article_id is made (see `warehouse.text.identity.article_id`), only absences of that key count.
-- Otherwise the key of its latest earlier capture counts: an old URL may be gone while the article has a new one.
with sightings as (

    select
        articles.article_id,
        articles.portal,
        articles.captured_at,
        captures.article_key,
        {{ article_id('articles.portal', 'captures.article_key') }} = articles.article_id as is_own_key
    from {{ ref('int_articles__trusted') }} as articles
    inner join {{ ref('stg_archive__captures') }} as captures
        on articles.capture_id = captures.capture_id
    where captures.article_key is not null

),

redirected as (

    select distinct
        crawl_id,
        article_key
    from {{ ref('stg_archive__captures') }}
    where
        article_key is not null
        and status between 300 and 399
        and status != 304

),

responses as (

    select
        captures.capture_id,
        captures.crawl_id,
        captures.portal,
        captures.article_key,
        captures.captured_at,
        case
            when {{ is_gone('captures.status') }} then cast(captures.status as varchar)
            when
                redirected.crawl_id is not null
                and unread_pages.reason in (
                    'list_in_its_place', 'no_article', 'search_results', 'several_texts', 'static_page'
                )
                then 'redirect'
            when unread_pages.reason = 'list_in_its_place' then 'list'
        end as basis
    from {{ ref('stg_archive__captures') }} as captures
    left join {{ ref('stg_portal__unread_pages') }} as unread_pages
        on captures.capture_id = unread_pages.capture_id
    left join redirected
        on captures.crawl_id = redirected.crawl_id
        and captures.article_key = redirected.article_key
    where captures.article_key is not null

),

keys as (

    select
        article_id,
        portal,
        article_key,
        min(captured_at) as first_seen_at,
        bool_or(is_own_key) as is_own_key
    from sightings
    group by article_id, portal, article_key

),

absences as (

    select
        keys.article_id,
        responses.*,
        -- Its own key first, else the key under which it was last seen before the response.
        keys.article_key = (
            select arg_max(sightings.article_key, row(sightings.is_own_key, sightings.captured_at))
            from sightings
            where
                sightings.article_id = keys.article_id
                and sightings.captured_at < responses.captured_at
        ) as is_current_key
    from responses
    inner join keys
        on responses.portal = keys.portal
        and responses.article_key = keys.article_key
        and responses.captured_at > keys.first_seen_at
    where responses.basis is not null

)

select
    absences.article_id,
    absences.crawl_id,
    absences.portal,
    arg_min(absences.basis, row({{ capture_order('absences') }})) as basis,
    min(absences.captured_at) as captured_at,
    arg_min(absences.capture_id, row({{ capture_order('absences') }})) as capture_id,
    coalesce(bool_or(regular_crawls.is_trusted), false) as is_healthy_look
from absences
left join {{ ref('int_crawls__regular') }} as regular_crawls
    on absences.crawl_id = regular_crawls.crawl_id
where absences.is_current_key
group by absences.article_id, absences.crawl_id, absences.portal
