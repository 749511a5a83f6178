-- Detects portals that are extracted worse than their baseline. For each crawl and field, compares the share of pages
-- with the portal's baseline, the median share of its crawls in the days before. It is a breakage if the loss is large
-- enough to alert an operator and larger than chance explains for this number of pages. The limits are the variables
-- `breakage_…` in `dbt_project.yml`.
with compared as (

    select
        *,
        median(share) filter (where pages >= {{ var('breakage_pages_min') }}) over earlier as usual_share,
        count(*) filter (where pages >= {{ var('breakage_pages_min') }}) over earlier as earlier_crawls
    from {{ ref('int_extraction__shares') }}
    window earlier as (
        partition by portal, field
        order by looked_at
        range between interval {{ var('breakage_days_before') }} days preceding and interval 1 microsecond preceding
    )

),

judged as (

    select
        *,
        pages >= {{ var('breakage_pages_min') }} and usual_share is not null as is_judged,
        -- Rounded, so that floating-point error in 1.0 - 0.8 does not decide whether a fifth is lost.
        round(case when is_fault then share - usual_share else usual_share - share end, 9) as loss,
        case
            when is_fault then {{ var('breakage_loss_always') }}
            else greatest(
                {{ var('breakage_loss_min') }},
                least({{ var('breakage_loss_always') }}, {{ var('breakage_loss_of_usual') }} * usual_share)
            )
        end as loss_allowed,
        {{ var('breakage_standard_errors') }} * sqrt(usual_share * (1 - usual_share) / pages) as loss_by_chance
    from compared

)

select
    crawl_id,
    portal,
    looked_at,
    field,
    pages,
    share,
    usual_share,
    earlier_crawls,
    is_judged,
    is_judged and loss >= loss_allowed and loss > loss_by_chance as is_breakage,
    -- A crawl with too few pages to be judged changes nothing: the result of the crawl before it stays the latest.
    coalesce(looked_at = max(looked_at) filter (where is_judged) over (partition by portal), false) as is_latest
from judged
