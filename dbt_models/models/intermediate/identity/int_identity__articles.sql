-- A row depends on the captures under its key alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['own_id'],
    meta={'changes': 'int_changes__own_ids'},
) }}
{% set changes = ref('int_changes__own_ids') %}

with ordered as (

    select
        captures.own_id,
        captures.captured_at,
        captures.crawl_id,
        row_number() over (partition by captures.own_id order by {{ capture_order('captures') }}) as position
    from {{ ref('int_identity__captures') }} as captures
    {{ only_changed(changes, 'captures', ['own_id']) }}

)

select
    own_id,
    captured_at as first_captured_at,
    crawl_id as first_crawl_id
from ordered
where position = 1
