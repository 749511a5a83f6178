-- The texts, present or former, of changed articles. Nothing else decides about a text than which captures have it, and
-- to which articles these belong.
with own_ids as (

    select article_id as own_id
    from {{ ref('int_changes__articles') }}
    union
    select ids.own_id
    from {{ ref('int_article_ids') }} as ids
    semi join {{ ref('int_changes__articles') }} as changed_articles
        on ids.article_id = changed_articles.article_id

)

select signatures.text_id
from {{ ref('stg_portal__signatures') }} as signatures
semi join own_ids
    on signatures.article_id = own_ids.own_id
where {{ in_increments() }}
union
select text_id
from {{ former('signatures') }}
where {{ in_increments() }}
