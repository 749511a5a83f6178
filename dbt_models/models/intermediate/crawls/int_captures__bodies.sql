-- The index says where each record stands today: `archive recover` moves records, so a place that was noted when a
-- page was read may be wrong.
--
-- A row depends on the index of its crawl, and of the crawl with the body.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['capture_id'],
    meta={'changes': 'int_changes__captures'},
) }}
{% set changes = ref('int_changes__captures') %}

select
    captures.capture_id,
    bodies.warc_file,
    bodies.warc_offset,
    case when captures.is_revisit then captures.warc_file end as revisit_warc_file,
    case when captures.is_revisit then captures.warc_offset end as revisit_warc_offset
from {{ ref('stg_archive__captures') }} as captures
left join {{ ref('stg_archive__captures') }} as bodies
    on if(captures.is_revisit, captures.refers_to, captures.capture_id) = bodies.capture_id
{{ only_changed(changes, 'captures', ['capture_id']) }}
