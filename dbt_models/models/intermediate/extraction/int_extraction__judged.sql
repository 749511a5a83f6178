-- The rule by which a portal that is read worse than usual is told. For each crawl and field, the share of pages is
-- compared with what is usual on that portal: the median of the crawls in the days before. It is a breakage when the
-- share is worse by as much as an operator should hear of, and by more than chance makes of so few pages. The
-- limits, `breakage_…`, stand in `dbt_project.yml`.
with shares as (

    select
        crawl_id,
        portal,
        looked_at,
        field,
        is_fault,
        count(*) as pages,
        {{ share_of('is_so') }} as share
    from {{ ref('int_extraction__outcomes') }}
    group by all

),

compared as (

    select
        *,
        median(share) filter (where pages >= {{ var('breakage_pages_min') }}) over earlier as usual_share,
        count(*) filter (where pages >= {{ var('breakage_pages_min') }}) over earlier as earlier_crawls
    from shares
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
        -- Rounded: a fifth is a fifth, whatever the last bit of 1.0 - 0.8 says.
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
    -- A crawl of too few pages to be judged mends nothing: what the one before it showed still holds.
    coalesce(looked_at = max(looked_at) filter (where is_judged) over (partition by portal), false) as is_latest
from judged
