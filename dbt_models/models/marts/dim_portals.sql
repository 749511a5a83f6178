with articles as (

    select
        portal,
        count(*) as article_count
    from {{ ref('int_articles__current') }}
    group by portal

),

reprints as (

    select
        portal,
        count(*) as reprint_count
    from {{ ref('int_reprints__originals') }}
    group by portal

),

counted as (

    select
        portals.*,
        coalesce(articles.article_count, 0) as article_count,
        coalesce(reprints.reprint_count, 0) as reprint_count
    from {{ ref('stg_portal__portals') }} as portals
    left join articles
        on portals.slug = articles.portal
    left join reprints
        on portals.slug = reprints.portal

)

select
    slug as portal,
    slug,
    name,
    owner,
    administrative_unit,
    platform,
    base_url,
    active_from,
    active_until,
    verified_on,
    article_count - reprint_count as original_count,
    reprint_count
from counted
