-- Attributes each absence to the article that was last seen at the requested address. An old address may be gone while
-- the article has a new one, so an address at which the article was not seen last counts only if the article was never
-- seen there, and only by the article's key. Nothing counts in a crawl that captured the article.
with sightings as (

    select
        articles.article_id,
        articles.portal,
        articles.crawl_id,
        articles.captured_at,
        articles.page_key,
        coalesce(requests.asked_page_key, articles.page_key) as asked_page_key
    from {{ ref('int_articles__trusted') }} as articles
    left join {{ ref('int_identity__requests') }} as requests
        on articles.capture_id = requests.capture_id

),

responses as (

    select
        requests.capture_id,
        requests.crawl_id,
        requests.portal,
        requests.captured_at,
        requests.asked_page_key,
        requests.absence,
        {{ article_id('requests.portal', 'requests.article_key') }} as requested_id
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

    select
        coalesce(ids.article_id, responses.requested_id) as article_id,
        responses.*
    from responses
    left join {{ ref('int_article_ids') }} as ids
        on responses.requested_id = ids.own_id
    anti join at_its_address
        on responses.capture_id = at_its_address.capture_id
        and coalesce(ids.article_id, responses.requested_id) = at_its_address.article_id

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

absences as (

    select attributed.*
    from attributed
    asof inner join sightings
        on attributed.article_id = sightings.article_id
        and attributed.captured_at > sightings.captured_at
    where not attributed.is_at_its_address or attributed.asked_page_key = sightings.page_key

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
