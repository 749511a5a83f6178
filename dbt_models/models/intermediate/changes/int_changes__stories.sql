-- The stories, present or former, of which an article came, went, changed, or was assigned on a day that is made anew.
with assigned as (

    select
        articles.article_id,
        articles.story_id,
        articles.assigned_on,
        former_articles.article_id as former_article_id,
        former_articles.story_id as former_story_id
    from {{ ref('int_stories__assigned') }} as articles
    full join {{ former('story_articles') }} as former_articles
        on articles.article_id = former_articles.article_id
    where {{ in_increments() }}

),

changed as (

    select *
    from assigned
    where
        story_id is distinct from former_story_id
        or coalesce(article_id, former_article_id) in (
            select changed_articles.article_id from {{ ref('int_changes__articles') }} as changed_articles
        )
        or assigned_on in (select changed_days.decided_on from {{ ref('int_changes__story_days') }} as changed_days)

)

select story_id
from changed
where story_id is not null
union
select former_story_id as story_id
from changed
where former_story_id is not null
