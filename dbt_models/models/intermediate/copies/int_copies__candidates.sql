-- Which texts are compared: each with texts that were published before it and share a bucket with it. Of each bucket
-- the `copies_first_max` earliest, among which is where a text comes from that many have, and the `copies_recent_max`
-- before it, among which is the one that it was copied from. So a text that ten thousand others resemble costs each of
-- them no more. Not compared are texts that only revisions of one same article have.
--
-- A row depends on the texts in the buckets of its text that stand near to it: `int_changes__neighbours`.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['text_id'],
    meta={'changes': 'int_changes__compared'},
) }}
{% set changes = ref('int_changes__compared') %}

with shared as (

    select
        buckets.place,
        buckets.band
    from {{ ref('int_copies__buckets') }} as buckets
    {{ only_changed(changes, 'buckets', ['text_id']) }}
    group by buckets.place, buckets.band
    {% if not is_incremental() -%}
        having count(*) > 1
    {%- endif %}

),

members as (

    select
        buckets.place,
        buckets.band,
        buckets.text_id,
        buckets.only_article_id,
        row_number() over by_time as bucket_rank,
        list(buckets.text_id) over (
            partition by buckets.place, buckets.band
            order by buckets.first_at, buckets.text_id
            rows between {{ var('copies_recent_max') }} preceding and 1 preceding
        ) as recent_ids
    from {{ ref('int_copies__buckets') }} as buckets
    semi join shared
        on buckets.place = shared.place
        and buckets.band = shared.band
    window by_time as (partition by buckets.place, buckets.band order by buckets.first_at, buckets.text_id)

),

pairs as (

    select
        members.text_id,
        unnest(members.recent_ids) as other_text_id
    from members
    {{ only_changed(changes, 'members', ['text_id']) }}
    union
    select
        members.text_id,
        earliest.text_id as other_text_id
    from members
    {{ only_changed(changes, 'members', ['text_id']) }}
    inner join members as earliest
        on members.place = earliest.place
        and members.band = earliest.band
        and members.bucket_rank > earliest.bucket_rank
    where earliest.bucket_rank <= {{ var('copies_first_max') }}

)

select
    pairs.text_id,
    pairs.other_text_id
from pairs
inner join {{ ref('int_copies__texts') }} as texts
    on pairs.text_id = texts.text_id
inner join {{ ref('int_copies__texts') }} as other_texts
    on pairs.other_text_id = other_texts.text_id
where coalesce(texts.only_article_id != other_texts.only_article_id, true)
