-- The articles whose history a change can touch: those with a changed capture or response, those that became one with
-- another or no longer are, and those that were seen, or asked for, at a changed address. Nothing else decides about an
-- article than its captures, and the answers at its addresses and to its keys.
with ids as (

    select
        own_id,
        article_id
    from {{ ref('int_article_ids') }}

),

captures as (

    select requests.capture_id
    from {{ ref('int_identity__requests') }} as requests
    semi join {{ ref('int_changes__pages') }} as pages
        on requests.portal = pages.portal
        and requests.asked_page_key = pages.page_key
    union
    select requests.capture_id
    from {{ ref('int_identity__requests') }} as requests
    semi join {{ ref('int_changes__own_ids') }} as requested
        on requests.requested_id = requested.own_id
    union
    select capture_id
    from {{ ref('int_changes__captures') }}

),

attached as (

    select
        article_id as own_id,
        portal,
        unnest(attachments) as url
    from {{ ref('stg_portal__articles') }}
    where len(attachments) > 0

),

own_ids as (

    select own_id
    from {{ ref('int_changes__own_ids') }}
    union
    -- Keys that lead to another article than before.
    select coalesce(ids.own_id, former_ids.own_id) as own_id
    from ids
    full join {{ former('article_ids') }} as former_ids
        on ids.own_id = former_ids.own_id
    where
        {{ in_increments() }}
        and ids.article_id is distinct from former_ids.article_id
    union
    select articles.article_id as own_id
    from {{ ref('stg_portal__articles') }} as articles
    semi join {{ ref('int_changes__pages') }} as pages
        on articles.portal = pages.portal
        and articles.page_key = pages.page_key
    union
    select articles.article_id as own_id
    from {{ ref('stg_portal__articles') }} as articles
    semi join captures
        on articles.capture_id = captures.capture_id
    union
    -- An address that is said to be a file is none if it answers with pages.
    select attached.own_id
    from attached
    semi join {{ ref('int_changes__captures') }} as answers
        on attached.portal = answers.portal
        and attached.url = answers.url

)

select coalesce(ids.article_id, own_ids.own_id) as article_id
from own_ids
left join ids
    on own_ids.own_id = ids.own_id
union
select coalesce(former_ids.article_id, own_ids.own_id) as article_id
from own_ids
left join {{ former('article_ids') }} as former_ids
    on own_ids.own_id = former_ids.own_id
