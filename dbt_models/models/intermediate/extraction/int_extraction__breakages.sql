with breakages as (

    select *
    from {{ ref('int_extraction__judged') }}
    where is_breakage

),

-- Materialized: the earlier outcomes that count are found by these, and there are few.
bad_outcomes as materialized (

    select
        breakages.crawl_id,
        breakages.field,
        outcomes.portal,
        outcomes.article_key,
        outcomes.looked_at,
        outcomes.url
    from breakages
    inner join {{ ref('int_extraction__outcomes') }} as outcomes
        on breakages.crawl_id = outcomes.crawl_id
        and breakages.field = outcomes.field
    where outcomes.is_so = outcomes.is_fault

),

earlier_good as (

    select
        outcomes.portal,
        outcomes.article_key,
        outcomes.field,
        min(outcomes.looked_at) as first_looked_at
    from {{ ref('int_extraction__outcomes') }} as outcomes
    semi join bad_outcomes
        on outcomes.portal = bad_outcomes.portal
        and outcomes.article_key = bad_outcomes.article_key
        and outcomes.field = bad_outcomes.field
    where outcomes.is_so != outcomes.is_fault
    group by outcomes.portal, outcomes.article_key, outcomes.field

),

bad_pages as (

    select
        bad_outcomes.crawl_id,
        bad_outcomes.field,
        bad_outcomes.url,
        -- A page that an earlier crawl extracted well is the best example of the change.
        bool_or(coalesce(earlier_good.first_looked_at < bad_outcomes.looked_at, false)) as was_good
    from bad_outcomes
    left join earlier_good
        on bad_outcomes.portal = earlier_good.portal
        and bad_outcomes.article_key = earlier_good.article_key
        and bad_outcomes.field = earlier_good.field
    group by bad_outcomes.crawl_id, bad_outcomes.field, bad_outcomes.url

),

examples as (

    select
        crawl_id,
        field,
        list(url order by was_good desc, url asc)[1:{{ var('breakage_examples_max') }}] as example_urls
    from bad_pages
    group by crawl_id, field

)

select
    breakages.crawl_id,
    breakages.portal,
    breakages.looked_at,
    breakages.field,
    breakages.pages,
    breakages.share,
    breakages.usual_share,
    breakages.earlier_crawls,
    breakages.is_latest,
    examples.example_urls
from breakages
inner join examples
    on breakages.crawl_id = examples.crawl_id
    and breakages.field = examples.field
