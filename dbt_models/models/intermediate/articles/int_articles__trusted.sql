-- The captures from which article history is derived. Excludes captures that may show a new page layout, not an edit.
--
-- After a redesign, a portal's templates match no page, and the fallback extracts what it can: it may put the lead into
-- the body, take counters for text, or take a list for the article that it replaced. A capture is suspect if all of
-- these are true: the verdict of its crawl is `broken`; the fallback extracted it; and an earlier crawl had captured
-- the article or found it gone, so that a wrong extraction would change its history. The first capture of a new
-- article is kept, however poor. Once the template is fixed and the archive extracted again, the same captures need no
-- fallback, and edits made in the meantime appear.
--
-- A view: it only filters rows, and the texts are most of the warehouse.
{{ config(materialized='view') }}

with suspects as (

    select
        articles.capture_id,
        articles.crawl_id,
        articles.article_id,
        captures.portal,
        captures.article_key,
        captures.captured_at
    from {{ ref('int_articles__captured') }} as articles
    inner join {{ ref('stg_archive__captures') }} as captures
        on articles.capture_id = captures.capture_id
    inner join {{ ref('stg_archive__crawls') }} as crawls
        on articles.crawl_id = crawls.crawl_id
    where
        crawls.verdict = 'broken'
        and {{ is_fallback('articles.quality_flags') }}

),

excluded as (

    select suspects.capture_id
    from suspects
    inner join {{ ref('int_articles__captured') }} as found
        on suspects.article_id = found.article_id
    where
        found.captured_at < suspects.captured_at
        and found.crawl_id != suspects.crawl_id
    union
    select suspects.capture_id
    from suspects
    inner join {{ ref('stg_archive__captures') }} as captures
        on suspects.portal = captures.portal
        and suspects.article_key = captures.article_key
    left join {{ ref('stg_portal__unread_pages') }} as unread_pages
        on captures.capture_id = unread_pages.capture_id
    where
        captures.captured_at < suspects.captured_at
        and captures.crawl_id != suspects.crawl_id
        and ({{ is_gone('captures.status') }} or unread_pages.reason = 'list_in_its_place')

)

select captured.*
from {{ ref('int_articles__captured') }} as captured
anti join excluded
    on captured.capture_id = excluded.capture_id
