-- Only the articles since the snapshot before are counted: a snapshot has the sums of all until it. Of terms too many
-- to keep, the hashes are counted modulo a power of two (`warehouse/derive/stories/weights.py`).
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['snapshot'],
    meta={'changes': 'int_changes__story_snapshots'},
) }}
{% set changes = ref('int_changes__story_snapshots') %}

with due as (

    select
        snapshot,
        arrived_on as last_on,
        lag(arrived_on, 1, date '0001-01-01') over (order by arrived_on) as after_on
    from {{ ref('int_stories__days') }}
    where snapshot is not null

),

counted as (

    select
        due.snapshot,
        articles.capture_id
    from due
    {{ only_changed(changes, 'due', ['snapshot']) }}
    inner join {{ ref('int_stories__articles') }} as articles
        on due.after_on < articles.arrived_on and due.last_on >= articles.arrived_on

),

hashed as (

    select
        counted.snapshot,
        unnest(terms.hashes) & ({{ var('stories_bucket_count') }} - 1) as bucket
    from counted
    inner join {{ ref('stg_portal__story_terms') }} as terms
        on counted.capture_id = terms.capture_id

)

select
    snapshot,
    cast(bucket as integer) as bucket,
    cast(count(*) as integer) as article_count
from hashed
group by snapshot, bucket
