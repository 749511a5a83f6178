-- The articles whose copies a change can touch: the changed ones, and those with a text of which a pair can be another.
with texts as (

    select text_id
    from {{ ref('int_changes__texts') }}
    union
    select text_id
    from {{ ref('int_changes__neighbours') }}

)

select article_id
from {{ ref('int_changes__articles') }}
union
select revisions.article_id
from {{ ref('int_copies__revisions') }} as revisions
semi join texts
    on revisions.text_id = texts.text_id
where {{ in_increments() }}
