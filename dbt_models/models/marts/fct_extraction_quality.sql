with summed as (

    select
        crawl_id,
        portal,
        min(looked_at) as looked_at,
        count(*) filter (where not is_unread) as articles,
        count(*) filter (where is_unread) as unread_pages,
        {{ share_of('has_title') }} as share_with_title,
        {{ share_of('has_date') }} as share_with_date,
        {{ share_of('has_minute') }} as share_with_minute,
        {{ share_of('has_body') }} as share_with_body,
        {{ share_of('has_lead') }} as share_with_lead,
        {{ share_of('has_byline') }} as share_with_byline,
        {{ share_of('has_captions') }} as share_with_captions,
        {{ share_of('has_credited_source') }} as share_with_credited_source,
        {{ share_of('is_fallback') }} as share_fallback,
        {{ share_of('is_outdated_template') }} as share_outdated_template,
        {{ share_of('is_repeating') }} as share_repeating,
        sum(repeated_characters) / nullif(sum(body_characters), 0) as share_of_text_repeated,
        {{ share_of('is_flagged') }} as share_flagged
    from {{ ref('int_extraction__pages') }}
    group by crawl_id, portal

),

judged as (

    select
        crawl_id,
        max(earlier_crawls) as earlier_crawls,
        bool_or(is_judged) as is_judged,
        coalesce(list(field order by field) filter (where is_breakage), []) as broken_fields
    from {{ ref('int_extraction__judged') }}
    group by crawl_id

)

select
    summed.crawl_id,
    summed.portal,
    portals.platform,
    summed.looked_at,
    summed.articles,
    summed.unread_pages,
    summed.unread_pages / (summed.articles + summed.unread_pages) as share_unread,
    summed.share_with_title,
    summed.share_with_date,
    summed.share_with_minute,
    summed.share_with_body,
    summed.share_with_lead,
    summed.share_with_byline,
    summed.share_with_captions,
    summed.share_with_credited_source,
    summed.share_fallback,
    summed.share_outdated_template,
    summed.share_repeating,
    summed.share_of_text_repeated,
    summed.share_flagged,
    -- Backfills and imports are not judged.
    coalesce(judged.is_judged, false) as is_judged,
    coalesce(judged.earlier_crawls, 0) as earlier_crawls,
    coalesce(judged.broken_fields, []) as broken_fields
from summed
left join judged
    on summed.crawl_id = judged.crawl_id
left join {{ ref('stg_portal__portals') }} as portals
    on summed.portal = portals.slug
