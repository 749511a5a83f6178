-- An answer speaks of the article that its key led to when last it led to one. An article that has been captured by
-- the key that it is named by (see `warehouse.text.identity.article_id`) is absent where that key is; any other by the
-- key of its latest capture before: an old address may be gone while the article goes on under a new one.
with sightings as (

    select
        articles.article_id,
        articles.portal,
        articles.captured_at,
        captures.article_key,
        {{ article_id('articles.portal', 'captures.article_key') }} = articles.article_id as is_named_by_key
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

answers as (

    select
        captures.capture_id,
        captures.crawl_id,
        captures.portal,
        captures.article_key,
        captures.captured_at,
        case
            when {{ is_gone('captures.status') }} then cast(captures.status as varchar)
            when redirected.crawl_id is not null and unread_pages.reason in ('list_in_its_place', 'no_article')
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
        bool_or(is_named_by_key) as is_named_by_key
    from sightings
    group by article_id, portal, article_key

),

absences as (

    select
        keys.article_id,
        answers.*,
        -- Its own key first, else the one by which it was seen last before the answer.
        keys.article_key = (
            select arg_max(sightings.article_key, row(sightings.is_named_by_key, sightings.captured_at))
            from sightings
            where
                sightings.article_id = keys.article_id
                and sightings.captured_at < answers.captured_at
        ) as is_of_its_key
    from answers
    inner join keys
        on answers.portal = keys.portal
        and answers.article_key = keys.article_key
        and answers.captured_at > keys.first_seen_at
    where answers.basis is not null

)

select
    absences.article_id,
    absences.crawl_id,
    absences.portal,
    arg_min(absences.basis, row({{ capture_order('absences') }})) as basis,
    min(absences.captured_at) as captured_at,
    arg_min(absences.capture_id, row({{ capture_order('absences') }})) as capture_id,
    coalesce(bool_or(looks.is_trusted), false) as is_healthy_look
from absences
left join {{ ref('int_crawls__looks') }} as looks
    on absences.crawl_id = looks.crawl_id
where absences.is_of_its_key
group by absences.article_id, absences.crawl_id, absences.portal
