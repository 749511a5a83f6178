-- The texts whose pairs the changed texts can touch: those that stand near a changed one in one of its buckets, where
-- it stands or stood (`int_copies__candidates` says which texts of a bucket are compared).
--
-- A changed text is at each place that one of its captures, present or former, may have given it; one of them was the
-- place before, one is it now. Between an unchanged text and a changed one only the unchanged ones are counted: there
-- were and are at least as many.
with changed_places as (

    select
        signatures.text_id,
        signatures.published_by as first_at,
        signatures.bands
    from {{ ref('stg_portal__signatures') }} as signatures
    semi join {{ ref('int_changes__texts') }} as changed_texts
        on signatures.text_id = changed_texts.text_id
    where {{ in_increments() }}
    union
    select
        text_id,
        published_by as first_at,
        bands
    from {{ former('signatures') }}
    where {{ in_increments() }}

),

changed_members as (

    select distinct
        text_id,
        first_at,
        unnest(bands) as band,
        generate_subscripts(bands, 1) as place
    from changed_places

),

members as (

    select
        band,
        place,
        text_id,
        first_at,
        true as is_changed
    from changed_members
    union all
    select
        buckets.band,
        buckets.place,
        buckets.text_id,
        buckets.first_at,
        false as is_changed
    from {{ ref('int_copies__buckets') }} as buckets
    semi join changed_members
        on buckets.band = changed_members.band
        and buckets.place = changed_members.place
    anti join {{ ref('int_changes__texts') }} as changed_texts
        on buckets.text_id = changed_texts.text_id

),

counted as (

    select
        *,
        count(*) filter (where not is_changed) over upwards as earlier_count,
        count(*) filter (where not is_changed) over (partition by band, place) as unchanged_count
    from members
    window upwards as (
        partition by band, place
        order by first_at, text_id
        rows between unbounded preceding and 1 preceding
    )

),

placed as (

    select
        text_id,
        is_changed,
        earlier_count,
        unchanged_count,
        min(earlier_count) filter (where is_changed) over before_it as first_changed,
        max(earlier_count) filter (where is_changed) over before_it as last_changed,
        min(earlier_count) filter (where is_changed) over after_it as next_changed
    from counted
    window
        before_it as (
            partition by band, place
            order by first_at, text_id
            rows between unbounded preceding and 1 preceding
        ),
        after_it as (
            partition by band, place
            order by first_at, text_id
            rows between 1 following and unbounded following
        )

)

select
    text_id,
    -- Those after a changed text: it is, or was, compared with them, or moves them to another rank.
    coalesce(bool_or(
        first_changed < {{ var('copies_first_max') }}
        or earlier_count - last_changed < {{ var('copies_recent_max') }}
    ), false) as is_later
from placed
where
    not is_changed
    and (
        first_changed < {{ var('copies_first_max') }}
        or earlier_count - last_changed < {{ var('copies_recent_max') }}
        or (next_changed is not null and earlier_count < {{ var('copies_first_max') }})
        or next_changed - earlier_count <= {{ var('copies_recent_max') }}
    )
group by text_id
