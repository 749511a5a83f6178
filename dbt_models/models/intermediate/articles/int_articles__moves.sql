-- An article moved if its address was left (see `int_identity__stays`) and its next capture is at another one, where it
-- was not seen before. An article that a portal shows under two addresses at a time moves from neither.
--
-- A row depends on the stays of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with all_stays as (

    select
        stays.*,
        coalesce(ids.article_id, stays.own_id) as article_id
    from {{ ref('int_identity__stays') }} as stays
    left join {{ ref('int_article_ids') }} as ids
        on stays.own_id = ids.own_id

),

stays as (

    select all_stays.*
    from all_stays
    {{ only_changed(changes, 'all_stays', ['article_id']) }}

),

elsewhere as (

    select article_id
    from stays
    group by article_id
    having count(distinct page_key) > 1

),

followed as (

    select
        stays.*,
        arg_max(
            struct_pack(
                page_key := stays.page_key,
                last_seen_at := stays.last_seen_at,
                last_capture_id := stays.last_capture_id,
                left_at := stays.left_at,
                left_capture_id := stays.left_capture_id,
                left_crawl_id := stays.left_crawl_id,
                returned_at := stays.returned_at
            ),
            row(stays.last_seen_at, stays.last_capture_id)
        ) over (
            partition by stays.article_id
            order by stays.began_at, stays.first_capture_id
            rows between unbounded preceding and 1 preceding
        ) as before_it
    from stays
    semi join elsewhere
        on stays.article_id = elsewhere.article_id

),

moves as (

    select
        followed.* exclude (left_at, left_capture_id, left_crawl_id),
        followed.before_it.last_capture_id as before_capture_id,
        followed.before_it.left_at,
        followed.before_it.left_capture_id,
        followed.before_it.left_crawl_id,
        followed.before_it.left_at > followed.began_at as is_seen_later
    from followed
    where
        followed.before_it.page_key != followed.page_key
        and followed.before_it.left_at is not null
        and followed.before_it.last_seen_at < followed.began_at
        -- If it came back, it was not seen at the new address since.
        and coalesce(followed.last_seen_at < followed.before_it.returned_at, true)

)

select
    moves.article_id,
    moves.began_at as happened_at,
    greatest(moves.began_at, moves.left_at) as seen_at,
    if(moves.is_seen_later, moves.left_capture_id, moves.first_capture_id) as capture_id,
    if(moves.is_seen_later, moves.left_crawl_id, moves.first_crawl_id) as crawl_id,
    before_it.url as from_url,
    after_it.url as to_url
from moves
inner join {{ ref('stg_portal__articles') }} as before_it
    on moves.before_capture_id = before_it.capture_id
inner join {{ ref('stg_portal__articles') }} as after_it
    on moves.first_capture_id = after_it.capture_id
