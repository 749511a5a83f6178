-- A stay ends when the address answers that the article is not there: it is gone, has a list in its place, or leads
-- elsewhere. The next capture at the same address begins another stay.
with places as (

    select distinct
        own_id,
        portal,
        page_key
    from {{ ref('int_identity__captures') }}

),

answers as (

    select
        own_id,
        portal,
        page_key,
        captured_at,
        capture_id,
        crawl_id,
        true as is_there
    from {{ ref('int_identity__captures') }}
    union all by name
    select
        places.own_id,
        places.portal,
        places.page_key,
        requests.captured_at,
        requests.capture_id,
        requests.crawl_id,
        false as is_there
    from {{ ref('int_identity__requests') }} as requests
    inner join places
        on requests.portal = places.portal
        and requests.page_key = places.page_key
    where requests.is_gone or requests.leads_elsewhere

),

numbered as (

    select
        *,
        -- A departure ends the stay before it.
        count(*) filter (where not is_there) over (
            partition by own_id, page_key
            order by {{ capture_order() }}
            rows between unbounded preceding and 1 preceding
        ) as stay
    from answers

)

select
    own_id,
    any_value(portal) as portal,
    page_key,
    min(captured_at) filter (where is_there) as began_at,
    arg_min(capture_id, row({{ capture_order() }})) filter (where is_there) as first_capture_id,
    arg_min(crawl_id, row({{ capture_order() }})) filter (where is_there) as first_crawl_id,
    max(captured_at) filter (where is_there) as last_seen_at,
    arg_max(capture_id, row({{ capture_order() }})) filter (where is_there) as last_capture_id,
    arg_max(crawl_id, row({{ capture_order() }})) filter (where is_there) as last_crawl_id,
    min(captured_at) filter (where not is_there) as left_at,
    arg_min(capture_id, row({{ capture_order() }})) filter (where not is_there) as left_capture_id,
    arg_min(crawl_id, row({{ capture_order() }})) filter (where not is_there) as left_crawl_id,
    lead(min(captured_at) filter (where is_there)) over (partition by own_id, page_key order by stay) as returned_at
from numbered
group by own_id, page_key, stay
having bool_or(is_there)
