-- A row depends on the captures, revisions, removals and moves of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with published as (

    select
        current_state.article_id,
        'published' as event,
        coalesce(current_state.published_at, current_state.first_captured_at) as happened_at,
        current_state.published_precision as happened_precision,
        current_state.first_captured_at as seen_at,
        cast(null as bigint) as revision,
        revisions.capture_id,
        current_state.first_crawl_id as crawl_id
    from {{ ref('int_articles__current') }} as current_state
    inner join {{ ref('int_articles__revisions') }} as revisions
        on current_state.article_id = revisions.article_id
    where revisions.revision = 1

),

edited as (

    select
        revisions.article_id,
        'edited' as event,
        revisions.valid_from as happened_at,
        revisions.valid_from as seen_at,
        revisions.revision,
        revisions.capture_id,
        captures.crawl_id
    from {{ ref('int_articles__revisions') }} as revisions
    inner join {{ ref('stg_archive__captures') }} as captures
        on revisions.capture_id = captures.capture_id
    where revisions.revision > 1

),

removed as (

    select
        article_id,
        'removed' as event,
        suspected_at as happened_at,
        confirmed_at as seen_at,
        confirming_capture_id as capture_id,
        confirming_crawl_id as crawl_id
    from {{ ref('int_articles__removals') }}
    where is_removal

),

restored as (

    select
        article_id,
        'restored' as event,
        seen_again_at as happened_at,
        seen_again_at as seen_at,
        seen_again_capture_id as capture_id,
        seen_again_crawl_id as crawl_id
    from {{ ref('int_articles__removals') }}
    where is_removal and not is_open

),

moved as (

    select
        article_id,
        'moved' as event,
        happened_at,
        seen_at,
        capture_id,
        crawl_id,
        from_url,
        to_url
    from {{ ref('int_articles__moves') }}

),

events as (

    select * from published
    union all by name
    select * from edited
    union all by name
    select * from removed
    union all by name
    select * from restored
    union all by name
    select * from moved

)

select
    {{ short_hash(['events.article_id', 'events.event', 'events.capture_id']) }} as event_id,
    events.article_id,
    current_state.portal,
    row_number() over (
        partition by events.article_id
        -- One capture may show that an article was restored, and that it was moved and edited while it was gone.
        order by events.seen_at, list_position(['published', 'removed', 'restored', 'moved', 'edited'], events.event)
    ) as event_number,
    events.event,
    events.happened_at,
    {{ hanoi_day('events.happened_at') }} as happened_on,
    events.happened_precision,
    events.seen_at,
    events.revision,
    events.from_url,
    events.to_url,
    events.capture_id,
    events.crawl_id
from events
inner join {{ ref('int_articles__current') }} as current_state
    on events.article_id = current_state.article_id
{{ only_changed(changes, 'events', ['article_id']) }}
{{ in_order('events.happened_at, events.article_id, event_number') }}
