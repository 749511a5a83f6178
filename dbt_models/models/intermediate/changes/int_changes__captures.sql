-- The captures of changed crawls, and the revisits whose body is in one of them.
with captures as (

    select
        captures.capture_id,
        captures.portal,
        captures.url
    from {{ ref('stg_archive__captures') }} as captures
    semi join {{ ref('int_changes__crawls') }} as changed_crawls
        on captures.crawl_id = changed_crawls.crawl_id
    union
    select
        capture_id,
        portal,
        url
    from {{ former('captures') }}
    where {{ in_increments() }}

)

select * from captures
union
select
    revisits.capture_id,
    revisits.portal,
    revisits.url
from {{ ref('stg_archive__captures') }} as revisits
semi join captures
    on revisits.refers_to = captures.capture_id
