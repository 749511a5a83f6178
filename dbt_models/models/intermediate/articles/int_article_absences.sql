-- Attributes each absence to the article that was last seen at the requested address. An old address may be gone while
-- the article has a new one, so an address at which the article was not seen last counts only if the article was never
-- seen there, and only by the article's key. Nothing counts in a crawl that captured the article.
--
-- A row depends on the trusted captures of its article, on the answers at its addresses and to its keys, and on whether
-- their crawls are trusted.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with sightings as (

    select
        articles.article_id,
        articles.capture_id,
        articles.portal,
        articles.crawl_id,
        articles.captured_at,
        articles.page_key,
        coalesce(requests.asked_page_key, articles.page_key) as asked_page_key
    from {{ ref('int_articles__trusted') }} as articles
    left join {{ ref('int_identity__requests') }} as requests
        on articles.capture_id = requests.capture_id
    {{ only_changed(changes, 'articles', ['article_id']) }}

),

responses as (

    select
        requests.capture_id,
        requests.crawl_id,
        requests.portal,
        requests.captured_at,
        requests.asked_page_key,
        requests.absence,
        requests.requested_id
    from {{ ref('int_identity__requests') }} as requests
    where requests.absence is not null

),

pages as (

    select
        article_id,
        portal,
        captured_at,
        unnest([page_key, asked_page_key]) as page_key
    from sightings

),

places as (

    select
        article_id,
        portal,
        page_key,
        min(captured_at) as first_seen_at
    from pages
    group by article_id, portal, page_key

),

at_its_address as (

    select
        places.article_id,
        responses.*
    from responses
    inner join places
        on responses.portal = places.portal
        and responses.asked_page_key = places.page_key
        and responses.captured_at > places.first_seen_at

),

by_its_key as (

    select requested.*
    from (

        select
            coalesce(ids.article_id, responses.requested_id) as article_id,
            responses.*
        from responses
        left join {{ ref('int_article_ids') }} as ids
            on responses.requested_id = ids.own_id

    ) as requested
    -- An article that was never seen was never there.
    semi join sightings
        on requested.article_id = sightings.article_id
    anti join at_its_address
        on requested.capture_id = at_its_address.capture_id
        and requested.article_id = at_its_address.article_id

),

attributed as (

    select
        *,
        true as is_at_its_address
    from at_its_address
    union all
    select
        *,
        false as is_at_its_address
    from by_its_key

),

-- One for each moment: two captures of an article in the same second would be joined in any order.
last_sightings as (

    select
        article_id,
        captured_at,
        arg_max(page_key, capture_id) as page_key
    from sightings
    group by article_id, captured_at

),

absences as (

    select attributed.*
    from attributed
    asof inner join last_sightings
        on attributed.article_id = last_sightings.article_id
        and attributed.captured_at > last_sightings.captured_at
    where not attributed.is_at_its_address or attributed.asked_page_key = last_sightings.page_key

),

captured as (

    select distinct
        article_id,
        crawl_id
    from sightings

)

select
    absences.article_id,
    absences.crawl_id,
    absences.portal,
    arg_min(absences.absence, row({{ capture_order('absences') }})) as basis,
    min(absences.captured_at) as captured_at,
    arg_min(absences.capture_id, row({{ capture_order('absences') }})) as capture_id,
    coalesce(bool_or(regular_crawls.is_trusted), false) as is_healthy_look
from absences
anti join captured
    on absences.article_id = captured.article_id
    and absences.crawl_id = captured.crawl_id
left join {{ ref('int_crawls__regular') }} as regular_crawls
    on absences.crawl_id = regular_crawls.crawl_id
group by absences.article_id, absences.crawl_id, absences.portal
