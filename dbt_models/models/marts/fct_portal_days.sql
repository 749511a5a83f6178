-- A row depends on the crawls and events of its portal, and on the last day of all portals. Whatever happens to an
-- article is seen by a crawl of its portal.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['portal'],
    meta={'changes': 'int_changes__portals'},
) }}
{% set changes = ref('int_changes__portals') %}

with regular_crawls as (

    select
        *,
        {{ hanoi_day('started_at') }} as day_on
    from {{ ref('int_crawls__regular') }}

),

last_day as (

    select max(day_on) as day_on
    from regular_crawls

),

made as (

    select distinct portal
    from regular_crawls
    {% if is_incremental() -%}
        where
            portal in (select changes.portal from {{ changes }} as changes)
            or (select last_day.day_on from last_day)
            is distinct from (select max(made_before.day_on) from {{ this }} as made_before)
    {%- endif %}

),

days as (

    select
        regular_crawls.portal,
        cast(unnest(generate_series(
            min(regular_crawls.day_on),
            any_value(last_day.day_on),
            interval 1 day
        )) as date) as day_on
    from regular_crawls
    semi join made
        on regular_crawls.portal = made.portal
    cross join last_day
    group by regular_crawls.portal

),

regular_crawls_of_day as (

    select
        portal,
        day_on,
        count(*) as looks,
        min(started_at) filter (where is_healthy) as first_healthy_at,
        arg_max(verdict, row({{ crawl_order() }})) as verdict,
        arg_max(verdict_reason, row({{ crawl_order() }})) as verdict_reason
    from regular_crawls
    group by portal, day_on

),

crawls_of_day as (

    select
        portal,
        {{ hanoi_day('started_at') }} as day_on,
        count(*) as crawls,
        cast(sum(requests) as bigint) as requests
    from {{ ref('stg_archive__crawls') }}
    where kind != 'import'
    group by portal, day_on

),

first_seen as (

    select
        current_state.portal,
        {{ hanoi_day('current_state.first_captured_at') }} as day_on,
        count(*) as articles_new
    from {{ ref('int_articles__current') }} as current_state
    semi join made
        on current_state.portal = made.portal
    group by all

),

undated_of_day as (

    select
        current_state.portal,
        {{ hanoi_day('current_state.first_captured_at') }} as day_on,
        count(*) as articles_undated
    from {{ ref('int_articles__current') }} as current_state
    semi join made
        on current_state.portal = made.portal
    where current_state.published_at is null
    group by all

),

events_of_day as (

    select
        events.portal,
        events.happened_on as day_on,
        -- Articles without a date are not counted: the day of the first capture is no substitute.
        count(*) filter (where events.event = 'published' and events.happened_precision is not null)
            as articles_published,
        count(distinct events.article_id) filter (where events.event = 'edited') as articles_edited,
        count(*) filter (where events.event = 'removed') as articles_removed,
        count(*) filter (where events.event = 'restored') as articles_restored
    from {{ ref('fct_article_events') }} as events
    semi join made
        on events.portal = made.portal
    group by events.portal, events.happened_on

)

select
    days.portal,
    days.day_on,
    coalesce(regular_crawls_of_day.verdict, 'not_looked') as verdict,
    regular_crawls_of_day.verdict_reason,
    regular_crawls_of_day.first_healthy_at is null as is_blind,
    case
        when events_of_day.articles_published > 0 and not is_blind then 'news'
        when events_of_day.articles_published > 0 then 'news, perhaps not all'
        when not is_blind and undated_of_day.articles_undated > 0 then 'news without a date'
        when not is_blind then 'no news'
        when days.day_on < portals.active_from or days.day_on > portals.active_until then 'not active'
        else 'we were blind'
    end as reading,
    min(regular_crawls_of_day.first_healthy_at) over (
        partition by days.portal
        order by days.day_on
        rows between 1 following and unbounded following
    ) as next_looked_at,
    coalesce(regular_crawls_of_day.looks, 0) as looks,
    coalesce(crawls_of_day.crawls, 0) as crawls,
    coalesce(crawls_of_day.requests, 0) as requests,
    coalesce(first_seen.articles_new, 0) as articles_new,
    coalesce(events_of_day.articles_published, 0) as articles_published,
    coalesce(events_of_day.articles_edited, 0) as articles_edited,
    coalesce(events_of_day.articles_removed, 0) as articles_removed,
    coalesce(events_of_day.articles_restored, 0) as articles_restored
from days
left join regular_crawls_of_day
    on days.portal = regular_crawls_of_day.portal
    and days.day_on = regular_crawls_of_day.day_on
left join crawls_of_day
    on days.portal = crawls_of_day.portal
    and days.day_on = crawls_of_day.day_on
left join first_seen
    on days.portal = first_seen.portal
    and days.day_on = first_seen.day_on
left join undated_of_day
    on days.portal = undated_of_day.portal
    and days.day_on = undated_of_day.day_on
left join events_of_day
    on days.portal = events_of_day.portal
    and days.day_on = events_of_day.day_on
left join {{ ref('stg_portal__portals') }} as portals
    on days.portal = portals.slug
