-- A row depends on the files of its crawl, and on the index of the crawl with its body.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['capture_id'],
    meta={'changes': 'int_changes__captures'},
) }}
{% set changes = ref('int_changes__captures') %}

select
    unread_pages.capture_id,
    unread_pages.crawl_id,
    unread_pages.portal,
    unread_pages.url,
    unread_pages.reason,
    unread_pages.detail,
    captures.captured_at,
    keys.article_key,
    captures.content_type,
    captures.bytes,
    bodies.warc_file,
    bodies.warc_offset,
    bodies.revisit_warc_file,
    bodies.revisit_warc_offset
from {{ ref('stg_portal__unread_pages') }} as unread_pages
inner join {{ ref('stg_archive__captures') }} as captures
    on unread_pages.capture_id = captures.capture_id
inner join {{ ref('int_captures__bodies') }} as bodies
    on unread_pages.capture_id = bodies.capture_id
inner join {{ ref('stg_portal__capture_keys') }} as keys
    on unread_pages.capture_id = keys.capture_id
{{ only_changed(changes, 'unread_pages', ['capture_id']) }}
