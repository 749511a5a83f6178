-- An article whose address was left, and one that was first seen afterwards under another address with the same title
-- and date, or the same title and text, are one. Only where there is no doubt which one became which: of all articles
-- with that title and date, each before it was left before the next one came, and no two came at once.
with shared as (

    -- Nearly all articles are alone with their title and date.
    select group_id
    from {{ ref('int_identity__groups') }}
    group by group_id
    having count(*) > 1

),

members as (

    select
        grouped.group_id,
        stays.*
    from {{ ref('int_identity__groups') }} as grouped
    semi join shared
        on grouped.group_id = shared.group_id
    inner join {{ ref('int_identity__stays') }} as stays
        on grouped.first_capture_id = stays.first_capture_id

),

followed as (

    select
        *,
        lead(own_id) over by_time as next_id,
        lead(first_capture_id) over by_time as next_first_capture_id,
        lead(began_at) over by_time as next_began_at,
        lead(first_crawl_id) over by_time as next_first_crawl_id,
        lead(last_seen_at) over by_time as next_last_seen_at,
        lead(left_at) over by_time as next_left_at,
        lead(began_at, 2) over by_time as after_next_began_at,
        lead(first_crawl_id, 2) over by_time as after_next_first_crawl_id
    from members
    window by_time as (partition by group_id order by began_at, first_capture_id)

),

judged as (

    select
        *,
        bool_and(
            left_at is not null and last_seen_at < next_began_at and last_crawl_id != next_first_crawl_id
        ) over (
            partition by group_id
            order by began_at, first_capture_id
            rows between unbounded preceding and current row
        ) as is_only_predecessor,
        coalesce(
            after_next_first_crawl_id = next_first_crawl_id
            or (
                after_next_began_at <= left_at
                and not coalesce(next_left_at is not null and next_last_seen_at < after_next_began_at, false)
            ),
            false
        ) as has_other_successor
    from followed

)

-- A pair may share several of title, date and text.
select distinct
    judged.own_id as one_id,
    judged.next_id as other_id,
    greatest(judged.left_at, judged.next_began_at) as since_at
from judged
inner join {{ ref('int_identity__captures') }} as before_it
    on judged.last_capture_id = before_it.capture_id
inner join {{ ref('int_identity__captures') }} as after_it
    on judged.next_first_capture_id = after_it.capture_id
where
    judged.is_only_predecessor
    and not judged.has_other_successor
    and judged.own_id != judged.next_id
    -- If it came back, the other one was not seen since.
    and coalesce(judged.next_last_seen_at < judged.returned_at, true)
    -- Equal notices of several days are several articles.
    and coalesce({{ agree_on_date('before_it', 'after_it') }}, true)
