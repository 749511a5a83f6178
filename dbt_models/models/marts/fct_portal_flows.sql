-- Made whole in every build, from the reprints alone.
select
    original_portal,
    portal,
    count(*) as reprint_count,
    count(*) filter (where kind = 'copy') as copy_count,
    count(*) filter (where kind = 'near_duplicate') as near_duplicate_count,
    count(*) filter (where kind = 'excerpt') as excerpt_count,
    count(*) filter (where original_article_id is null) as original_missing_count,
    cast(median(delay_minutes) as bigint) as median_delay_minutes,
    min(published_by) as first_at,
    max(published_by) as last_at
from {{ ref('int_reprints__originals') }}
where original_portal is not null
group by original_portal, portal
order by original_portal, portal
