-- A view: twelve rows per page, of which only sums and a few examples are used.
{{ config(materialized='view') }}

with outcomes as (

    select *
    from {{ ref('int_extraction__pages') }}
    unpivot (
        is_so for field in (
            has_title as title,
            has_date as date,
            has_minute as minute,
            has_body as body,
            has_lead as lead,
            has_byline as byline,
            has_captions as captions,
            has_credited_source as credited_source,
            is_unread as unread,
            is_fallback as fallback,
            is_outdated_template as outdated_template,
            is_repeating as repeating
        )
    )

),

-- Backfills and imports read history: they show neither the portal's current state nor its baseline. A crawl whose
-- report was lost is kept, since it was most likely a regular crawl.
excluded_crawls as (

    select crawl_id
    from {{ ref('stg_archive__crawls') }}
    where not {{ is_regular('kind') }}

)

select
    outcomes.capture_id,
    outcomes.crawl_id,
    outcomes.portal,
    outcomes.looked_at,
    outcomes.article_key,
    outcomes.url,
    outcomes.field,
    outcomes.field in ('unread', 'fallback', 'outdated_template', 'repeating') as is_fault,
    outcomes.is_so
from outcomes
anti join excluded_crawls
    on outcomes.crawl_id = excluded_crawls.crawl_id
