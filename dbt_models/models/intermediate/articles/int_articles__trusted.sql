-- The captures from which the history of articles is told: all but those that may show a new layout, and no edit.
--
-- When a portal is redesigned, its templates fit no page, and the fallback reads what it can: a lead as part of the
-- body, counters as text, a list as the article in whose place it stands. A capture is doubtful where three things
-- come together: the verdict on its crawl is `broken`, the fallback read it, and an earlier crawl had found the article
-- or found it gone, so that there is something that a wrong reading would change. The first capture of a new article
-- stays, badly read as it may be. When the template is mended and the archive is read again, the same captures need no
-- fallback, and what was edited meanwhile shows.
--
-- A view: it only leaves rows out, and the texts are the bulk of the warehouse.
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

doubtful as (

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
anti join doubtful
    on captured.capture_id = doubtful.capture_id
