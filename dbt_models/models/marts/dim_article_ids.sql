with joined as (

    select
        ids.own_id as former_article_id,
        ids.article_id,
        current_state.portal,
        ids.reason,
        ids.since_at,
        true as is_joined
    from {{ ref('int_article_ids') }} as ids
    inner join {{ ref('int_articles__current') }} as current_state
        on ids.article_id = current_state.article_id

),

-- Few articles were ever known by another id.
several_ids as (

    select
        article_id,
        portal,
        page_key,
        url,
        captured_at,
        unnest(former_ids) as former_id
    from {{ ref('int_articles__captured') }}
    where len(former_ids) > 0

),

renamed as (

    select
        former_id as former_article_id,
        article_id,
        portal,
        -- The key has the portal's present host, the URL that of the capture.
        case
            when
                starts_with(
                    page_key, regexp_extract(lower(url), '^[a-z]+://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)', 1)
                )
                then 'canonical_form'
            else 'new_domain'
        end as reason,
        min(captured_at) as since_at,
        false as is_joined
    from several_ids
    group by all

),

former_ids as (

    select * from joined
    union all by name
    select * from renamed

)

select
    former_ids.former_article_id,
    former_ids.article_id,
    former_ids.portal,
    former_ids.reason,
    former_ids.since_at
from former_ids
-- An id that still names an article names that one.
anti join {{ ref('int_articles__current') }} as current_state
    on former_ids.former_article_id = current_state.article_id
qualify row_number() over (
    partition by former_ids.former_article_id
    order by former_ids.is_joined desc, former_ids.since_at asc, former_ids.article_id asc, former_ids.reason asc
) = 1
