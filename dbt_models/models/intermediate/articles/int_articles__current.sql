-- A row depends on the trusted captures of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with ordered as (

    select
        captured.*,
        row_number() over (partition by captured.article_id order by {{ capture_order('captured') }}) as position
    from {{ ref('int_articles__trusted') }} as captured
    {{ only_changed(changes, 'captured', ['article_id']) }}

),

summed as (

    select
        article_id,
        arg_max(capture_id, position) as capture_id,
        arg_min(crawl_id, position) as first_crawl_id,
        min(captured_at) as first_captured_at,
        max(captured_at) as last_captured_at,
        -- The latest known count: a capture without a counter does not reset it.
        arg_max(view_count, position) filter (where view_count is not null) as view_count,
        arg_max_null(content_hash, position) as content_hash,
        arg_max(revision_hash, position) as revision_hash
    from ordered
    group by article_id

)

select
    summed.article_id,
    summed.capture_id,
    summed.first_crawl_id,
    captured.portal,
    captured.url,
    captured.credited_source_name,
    captured.credited_source_url,
    captured.published_at,
    captured.published_precision,
    summed.first_captured_at,
    summed.last_captured_at,
    summed.view_count,
    summed.content_hash,
    summed.revision_hash
from summed
inner join {{ ref('stg_portal__articles') }} as captured
    on summed.capture_id = captured.capture_id
