-- The days, present or former, from the first one on whose articles are others than before. What a day decides depends
-- on the articles that arrived until then.
with changed as (

    select min(coalesce(days.arrived_on, former_days.arrived_on)) as arrived_on
    from {{ ref('int_stories__days') }} as days
    full join {{ former('story_days') }} as former_days
        on days.arrived_on = former_days.arrived_on
    where
        {{ in_increments() }}
        and days.digest is distinct from former_days.digest

)

select days.arrived_on as decided_on
from {{ ref('int_stories__days') }} as days
inner join changed
    on days.arrived_on >= changed.arrived_on
union
select former_days.arrived_on as decided_on
from {{ former('story_days') }} as former_days
inner join changed
    on former_days.arrived_on >= changed.arrived_on
