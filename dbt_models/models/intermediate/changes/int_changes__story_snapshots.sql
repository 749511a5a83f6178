-- The snapshots, present or former, of the days that a change can touch.
with days as (

    select
        arrived_on,
        snapshot
    from {{ ref('int_stories__days') }}
    union all
    select
        arrived_on,
        snapshot
    from {{ former('story_days') }}

)

select distinct days.snapshot
from days
semi join {{ ref('int_changes__story_days') }} as changed_days
    on days.arrived_on = changed_days.decided_on
where days.snapshot is not null
