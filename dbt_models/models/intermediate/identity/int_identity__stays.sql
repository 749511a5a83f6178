-- A stay ends when the address answers that the article is not there: it is gone, has a list in its place, or leads
-- elsewhere. The next capture at the same address begins another stay.
--
-- A row depends on the captures and answers at its address alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['portal', 'page_key'],
    meta={'changes': 'int_changes__pages'},
) }}
{% set changes = ref('int_changes__pages') %}

with seen as (

    select
        captures.own_id,
        captures.portal,
        captures.page_key,
        captures.captured_at,
        captures.capture_id,
        captures.crawl_id
    from {{ ref('int_identity__captures') }} as captures
    {{ only_changed(changes, 'captures', ['portal', 'page_key']) }}

),

departures as (

    select
        requests.portal,
        requests.page_key,
        requests.captured_at,
        requests.capture_id,
        requests.crawl_id
    from {{ ref('int_identity__requests') }} as requests
    {{ only_changed(changes, 'requests', ['portal', 'page_key']) }}
    where requests.is_gone or requests.leads_elsewhere

),

-- Most addresses never answer that the article is not there.
places as (

    select distinct
        seen.own_id,
        seen.portal,
        seen.page_key
    from seen
    semi join departures
        on seen.portal = departures.portal
        and seen.page_key = departures.page_key

),

answers as (

    select
        *,
        true as is_there
    from seen
    union all by name
    select
        places.own_id,
        departures.*,
        false as is_there
    from departures
    inner join places
        on departures.portal = places.portal
        and departures.page_key = places.page_key

),

numbered as (

    select
        *,
        -- A departure ends the stay before it.
        count(*) filter (where not is_there) over (
            partition by own_id, portal, page_key
            order by {{ capture_order() }}
            rows between unbounded preceding and 1 preceding
        ) as stay,
        row_number() over (partition by own_id, portal, page_key order by {{ capture_order() }}) as position
    from answers

)

select
    own_id,
    portal,
    page_key,
    min(captured_at) filter (where is_there) as began_at,
    arg_min(capture_id, position) filter (where is_there) as first_capture_id,
    arg_min(crawl_id, position) filter (where is_there) as first_crawl_id,
    max(captured_at) filter (where is_there) as last_seen_at,
    arg_max(capture_id, position) filter (where is_there) as last_capture_id,
    arg_max(crawl_id, position) filter (where is_there) as last_crawl_id,
    min(captured_at) filter (where not is_there) as left_at,
    arg_min(capture_id, position) filter (where not is_there) as left_capture_id,
    arg_min(crawl_id, position) filter (where not is_there) as left_crawl_id,
    lead(min(captured_at) filter (where is_there)) over (
        partition by own_id, portal, page_key
        order by stay
    ) as returned_at
from numbered
group by own_id, portal, page_key, stay
having bool_or(is_there)
