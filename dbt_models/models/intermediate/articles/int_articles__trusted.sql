-- The captures from which article history is derived. Excludes captures that may show a new page layout, not an edit.
--
-- After a redesign, a portal's templates match no page, and the fallback extracts what it can: it may put the lead into
-- the body, take counters for text, or take a list for the article that it replaced. A capture is suspect if all of
-- these are true: the verdict of its crawl is `broken`; the fallback extracted it; and an earlier crawl had captured
-- the article or found it gone, so that a wrong extraction would change its history. The first capture of a new
-- article is kept, however poor. Once the template is fixed and the archive extracted again, the same captures need no
-- fallback, and edits made in the meantime appear.
--
-- A row depends on the captures of its article, and on the answers at its addresses and to its keys.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with captured as (

    select
        captured.article_id,
        captured.own_id,
        captured.capture_id,
        captured.crawl_id,
        captured.portal,
        captured.captured_at,
        captured.page_key,
        captured.article_key,
        captured.canonical_key,
        captured.quality_flags,
        captured.view_count,
        captured.content_hash,
        captured.revision_hash
    from {{ ref('int_articles__captured') }} as captured
    {{ only_changed(changes, 'captured', ['article_id']) }}

),

suspects as (

    select
        articles.capture_id,
        articles.crawl_id,
        articles.article_id,
        articles.portal,
        requests.article_key,
        articles.captured_at
    from captured as articles
    left join {{ ref('int_identity__requests') }} as requests
        on articles.capture_id = requests.capture_id
    inner join {{ ref('stg_archive__crawls') }} as crawls
        on articles.crawl_id = crawls.crawl_id
    where
        crawls.verdict = 'broken'
        and {{ is_fallback('articles.quality_flags') }}

),

excluded as (

    select suspects.capture_id
    from suspects
    inner join captured as found
        on suspects.article_id = found.article_id
    where
        found.captured_at < suspects.captured_at
        and found.crawl_id != suspects.crawl_id
    union
    select suspects.capture_id
    from suspects
    inner join {{ ref('int_identity__requests') }} as requests
        on suspects.portal = requests.portal
        and suspects.article_key = requests.article_key
    where
        requests.captured_at < suspects.captured_at
        and requests.crawl_id != suspects.crawl_id
        and requests.is_gone
    union
    -- A view of the article, such as for print, whose page names the article's own by `rel=canonical`: their texts may
    -- differ, and the article's own page counts while it is there.
    select views.capture_id
    from captured as views
    inner join {{ ref('int_identity__stays') }} as stays
        on {{ article_id('views.portal', 'views.canonical_key') }} = stays.own_id
        and views.captured_at > stays.began_at
        and views.captured_at < coalesce(stays.left_at, 'infinity')
    left join {{ ref('int_article_ids') }} as ids
        on stays.own_id = ids.own_id
    where
        views.canonical_key != views.article_key
        and views.own_id != stays.own_id
        and views.article_id = coalesce(ids.article_id, stays.own_id)

)

select
    captured.article_id,
    captured.capture_id,
    captured.crawl_id,
    captured.portal,
    captured.captured_at,
    captured.page_key,
    captured.view_count,
    captured.content_hash,
    captured.revision_hash
from captured
anti join excluded
    on captured.capture_id = excluded.capture_id
