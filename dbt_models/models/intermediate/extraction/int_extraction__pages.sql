-- A row depends on the files of its crawl alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['crawl_id'],
    meta={'changes': 'int_changes__crawls'},
) }}
{% set changes = ref('int_changes__crawls') %}

with crawls as (

    select
        captures.crawl_id,
        min(captures.captured_at) as looked_at
    from {{ ref('stg_archive__captures') }} as captures
    {{ only_changed(changes, 'captures', ['crawl_id']) }}
    group by captures.crawl_id

),

pages as (

    select
        articles.capture_id,
        articles.url,
        articles.title is not null as has_title,
        -- A date of the feed tells nothing about reading the page.
        articles.published_at is not null
        and coalesce(articles.published_basis, '') not in ('feed', 'sitemap') as has_date,
        has_date and coalesce(articles.published_precision in ('minute', 'second'), false) as has_minute,
        length(articles.body) > {{ var('page_body_characters_min') }} as has_body,
        articles.lead is not null as has_lead,
        articles.byline is not null as has_byline,
        len(articles.captions) > 0 as has_captions,
        articles.credited_source_name is not null or articles.credited_source_url is not null as has_credited_source,
        false as is_unread,
        {{ is_fallback('articles.quality_flags') }} as is_fallback,
        list_contains(articles.quality_flags, 'outdated_template') as is_outdated_template,
        repeats.repeated_characters > 0 as is_repeating,
        len(articles.quality_flags) > 0 as is_flagged,
        repeats.body_characters,
        repeats.repeated_characters
    from {{ captured_texts(changes, ['crawl_id']) }} as articles
    inner join {{ ref('int_extraction__repeats') }} as repeats
        on articles.capture_id = repeats.capture_id

    union all by name

    select
        unread_pages.capture_id,
        unread_pages.url,
        true as is_unread
    from {{ ref('stg_portal__unread_pages') }} as unread_pages
    {{ only_changed(changes, 'unread_pages', ['crawl_id']) }}

)

select
    pages.*,
    captures.crawl_id,
    captures.portal,
    keys.article_key,
    crawls.looked_at
from pages
inner join {{ ref('stg_archive__captures') }} as captures
    on pages.capture_id = captures.capture_id
left join {{ ref('stg_portal__capture_keys') }} as keys
    on pages.capture_id = keys.capture_id
inner join crawls
    on captures.crawl_id = crawls.crawl_id
