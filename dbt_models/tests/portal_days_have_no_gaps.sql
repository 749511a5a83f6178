select portal
from {{ ref('fct_portal_days') }}
group by portal
having
    count(*) != count(distinct day_on)
    or max(day_on) != (select max(day_on) from {{ ref('fct_portal_days') }})
    or max(day_on) - min(day_on) + 1 != count(*)
