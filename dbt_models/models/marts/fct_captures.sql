-- A row depends on the files of its crawl, and on the index of the crawl with its body.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['capture_id'],
    meta={'changes': 'int_changes__captures'},
) }}
{% set changes = ref('int_changes__captures') %}

select
    captures.capture_id,
    captures.crawl_id,
    captures.portal,
    captures.url,
    captures.captured_at,
    captures.status,
    captures.content_type,
    captures.payload_digest,
    captures.is_revisit,
    captures.bytes,
    keys.article_key,
    captures.warc_file,
    captures.warc_offset,
    bodies.warc_file as body_warc_file,
    bodies.warc_offset as body_warc_offset
from {{ ref('stg_archive__captures') }} as captures
inner join {{ ref('int_captures__bodies') }} as bodies
    on captures.capture_id = bodies.capture_id
left join {{ ref('stg_portal__capture_keys') }} as keys
    on captures.capture_id = keys.capture_id
{{ only_changed(changes, 'captures', ['capture_id']) }}
{{ in_order('captures.captured_at, captures.capture_id') }}
