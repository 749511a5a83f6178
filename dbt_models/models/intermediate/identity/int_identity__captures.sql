-- What identity is decided from: keys, hashes and dates of captures, no texts. Without captures that the fallback
-- extracted in a broken crawl: they may be another page, such as a list (see `int_articles__trusted`).
--
-- A row depends on the files of its crawl alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['crawl_id'],
    meta={'changes': 'int_changes__crawls'},
) }}
{% set changes = ref('int_changes__crawls') %}

with articles as (

    select articles.*
    from {{ ref('stg_portal__articles') }} as articles
    {{ only_changed(changes, 'articles', ['crawl_id']) }}

),

excluded as (

    select articles.capture_id
    from articles
    inner join {{ ref('stg_archive__crawls') }} as crawls
        on articles.crawl_id = crawls.crawl_id
    where
        crawls.verdict = 'broken'
        and {{ is_fallback('articles.quality_flags') }}

)

select
    articles.capture_id,
    articles.crawl_id,
    articles.portal,
    articles.article_id as own_id,
    articles.page_key,
    articles.captured_at,
    case
        when articles.canonical_key is not null then {{ article_id('articles.portal', 'articles.canonical_key') }}
    end as named_id,
    identities.title_hash,
    identities.title_word_count,
    identities.content_hash,
    {{ hanoi_day('articles.published_at') }} as day_on,
    case
        when articles.published_precision in ('minute', 'second')
            then date_trunc('minute', {{ hanoi_time('articles.published_at') }})
    end as minute_at
from articles
inner join {{ ref('stg_portal__identities') }} as identities
    on articles.capture_id = identities.capture_id
anti join excluded
    on articles.capture_id = excluded.capture_id
