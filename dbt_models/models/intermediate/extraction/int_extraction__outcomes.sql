-- A view: twelve rows a page, of which only sums and a few examples are ever wanted.
{{ config(materialized='view') }}

with outcomes as (

    unpivot {{ ref('int_extraction__pages') }}
    on
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
    into name field value is_so

)

-- Backfills and imports read history: they show neither how the portal is now nor what is usual on it. A crawl whose
-- report was lost counts: it was most likely a look.
select
    capture_id,
    crawl_id,
    portal,
    looked_at,
    article_key,
    url,
    field,
    field in ('unread', 'fallback', 'outdated_template', 'repeating') as is_fault,
    is_so
from outcomes
where crawl_id not in (
    select crawl_id from {{ ref('stg_archive__crawls') }} where not {{ is_look('kind') }}
)
