-- Backfills and imports read history: they show neither the portal's current state nor its baseline. A crawl whose
-- report was lost is kept, since it was most likely a regular crawl.
with excluded_crawls as (

    select crawl_id
    from {{ ref('stg_archive__crawls') }}
    where not {{ is_regular('kind') }}

),

summed as (

    select
        pages.crawl_id,
        pages.portal,
        pages.looked_at,
        {{ pages_and_share('has_title') }} as title,
        {{ pages_and_share('has_date') }} as date,
        {{ pages_and_share('has_minute') }} as minute,
        {{ pages_and_share('has_body') }} as body,
        {{ pages_and_share('has_lead') }} as lead,
        {{ pages_and_share('has_byline') }} as byline,
        {{ pages_and_share('has_captions') }} as captions,
        {{ pages_and_share('has_credited_source') }} as credited_source,
        {{ pages_and_share('is_unread') }} as unread,
        {{ pages_and_share('is_fallback') }} as fallback,
        {{ pages_and_share('is_outdated_template') }} as outdated_template,
        {{ pages_and_share('is_repeating') }} as repeating
    from {{ ref('int_extraction__pages') }} as pages
    anti join excluded_crawls
        on pages.crawl_id = excluded_crawls.crawl_id
    group by pages.crawl_id, pages.portal, pages.looked_at

)

select
    crawl_id,
    portal,
    looked_at,
    field,
    field in ('unread', 'fallback', 'outdated_template', 'repeating') as is_fault,
    counted.pages,
    counted.share
from summed
unpivot (
    counted for field in (
        title, date, minute, body, lead, byline, captions, credited_source,
        unread, fallback, outdated_template, repeating
    )
)
where counted.pages > 0
