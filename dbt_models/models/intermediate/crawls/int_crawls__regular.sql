-- The next crawls resume a crawl that was cut short and reuse its pages while they are fresh (`spiders.crawl.plan`).
-- What it found is then as trustworthy as what the crawl that finishes the work finds.
with regular_crawls as (

    select
        crawl_id,
        portal,
        started_at,
        ended_at,
        verdict,
        verdict_reason,
        {{ is_healthy('verdict') }} as is_healthy,
        verdict = 'partial' and not is_complete as is_cut_short,
        resumes is not null as is_resuming
    from {{ ref('stg_archive__crawls') }}
    where {{ is_regular('kind') }}

),

with_successor as (

    select
        *,
        -- The next regular crawl that was not cut short, and whether its verdict also covers the crawls it resumed.
        first_value(
            case
                when not is_cut_short
                    then struct_pack(started_at := started_at, covers_resumed := is_healthy and is_resuming)
            end
            ignore nulls
        ) over (
            partition by portal
            order by {{ crawl_order() }}
            rows between 1 following and unbounded following
        ) as finished_by
    from regular_crawls

)

select
    crawl_id,
    portal,
    started_at,
    verdict,
    verdict_reason,
    is_healthy,
    is_healthy
    or (
        is_cut_short
        and coalesce(
            finished_by.covers_resumed
            and finished_by.started_at < ended_at + interval {{ var('resumption_hours_max') }} hours,
            false
        )
    ) as is_trusted
from with_successor
