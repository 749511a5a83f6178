-- A crawl that was cut short is gone on with by the next ones, which take its pages for their own as long as those are
-- fresh (`spiders.crawl.plan`): what it found is as good as what the one finds that comes to an end.
with looks as (

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
    where {{ is_look('kind') }}

),

gone_on_with as (

    select
        *,
        -- The next look that came to an end, and whether its verdict holds for what it went on with.
        first_value(
            case
                when not is_cut_short
                    then struct_pack(started_at := started_at, vouches := is_healthy and is_resuming)
            end
            ignore nulls
        ) over (
            partition by portal
            order by {{ crawl_order() }}
            rows between 1 following and unbounded following
        ) as finished_by
    from looks

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
            finished_by.vouches
            and finished_by.started_at < ended_at + interval {{ var('resumption_hours_max') }} hours,
            false
        )
    ) as is_trusted
from gone_on_with
