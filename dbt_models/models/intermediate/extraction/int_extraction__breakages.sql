with breakages as (

    select *
    from {{ ref('int_extraction__judged') }}
    where is_breakage

),

outcomes as (

    select
        *,
        is_so != is_fault as is_good
    from {{ ref('int_extraction__outcomes') }}

),

bad_pages as (

    select
        breakages.crawl_id,
        breakages.field,
        outcomes.url,
        -- A page that an earlier crawl extracted well is the best example of the change.
        bool_or(coalesce(earlier.is_good, false)) as was_good
    from breakages
    inner join outcomes
        on breakages.crawl_id = outcomes.crawl_id
        and breakages.field = outcomes.field
        and not outcomes.is_good
    left join outcomes as earlier
        on outcomes.portal = earlier.portal
        and outcomes.article_key = earlier.article_key
        and outcomes.field = earlier.field
        and outcomes.looked_at > earlier.looked_at
    group by breakages.crawl_id, breakages.field, outcomes.url

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
