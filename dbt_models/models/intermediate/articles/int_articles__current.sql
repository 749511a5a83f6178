with summed as (

    select
        article_id,
        arg_max(capture_id, row({{ capture_order() }})) as capture_id,
        arg_min(crawl_id, row({{ capture_order() }})) as first_crawl_id,
        min(captured_at) as first_captured_at,
        max(captured_at) as last_captured_at,
        -- The latest known count: a capture without a counter does not reset it.
        arg_max(view_count, row({{ capture_order() }})) filter (where view_count is not null) as view_count
    from {{ ref('int_articles__trusted') }}
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
    captured.content_hash,
    captured.revision_hash
from summed
inner join {{ ref('int_articles__captured') }} as captured
    on summed.capture_id = captured.capture_id
