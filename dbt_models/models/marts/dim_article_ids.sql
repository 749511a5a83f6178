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

renamed as (

    select
        former.former_id as former_article_id,
        articles.article_id,
        articles.portal,
        -- The key has the portal's present host, the URL that of the capture.
        case
            when
                starts_with(
                    articles.page_key,
                    regexp_extract(lower(articles.url), '^[a-z]+://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)', 1)
                )
                then 'canonical_form'
            else 'new_domain'
        end as reason,
        min(articles.captured_at) as since_at,
        false as is_joined
    from {{ ref('int_articles__captured') }} as articles, unnest(articles.former_ids) as former (former_id)
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
