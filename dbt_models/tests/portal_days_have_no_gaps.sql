with last_day as (

    select max(day_on) as day_on
    from {{ ref('fct_portal_days') }}

)

select days.portal
from {{ tested('fct_portal_days') }} as days
cross join last_day
group by days.portal
having
    count(*) != count(distinct days.day_on)
    or max(days.day_on) != any_value(last_day.day_on)
    or max(days.day_on) - min(days.day_on) + 1 != count(*)
