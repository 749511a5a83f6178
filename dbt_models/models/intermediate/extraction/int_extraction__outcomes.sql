-- A view: twelve rows per page, of crawls with a breakage, and of other crawls those of the same articles.
{{ config(materialized='view') }}

with broken_crawls as (

    select distinct crawl_id
    from {{ ref('int_extraction__judged') }}
    where is_breakage

),

broken_pages as (

    select
        pages.portal,
        pages.article_key
    from {{ ref('int_extraction__pages') }} as pages
    semi join broken_crawls
        on pages.crawl_id = broken_crawls.crawl_id

),

-- Chosen before they are spread: a portal may have millions of pages, and a breakage has few.
pages as (

    select pages.*
    from {{ ref('int_extraction__pages') }} as pages
    semi join {{ ref('int_extraction__shares') }} as compared_crawls
        on pages.crawl_id = compared_crawls.crawl_id
    where
        pages.crawl_id in (select broken_crawls.crawl_id from broken_crawls)
        or (pages.portal, pages.article_key) in (
            select (broken_pages.portal, broken_pages.article_key) from broken_pages
        )

)

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
from pages
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
