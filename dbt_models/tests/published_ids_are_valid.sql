-- An article of which no capture counts, such as a page in place of a missing article, was never published.
with counted as (

    select
        captured.own_id,
        captured.former_ids
    from {{ ref('int_articles__captured') }} as captured
    semi join {{ tested('fct_articles') }} as articles
        on captured.article_id = articles.article_id

),

published as (

    select own_id as article_id
    from counted
    union
    select former.former_id as article_id
    from counted, unnest(counted.former_ids) as former (former_id)

)

select published.article_id
from published
anti join {{ ref('fct_articles') }} as articles
    on published.article_id = articles.article_id
anti join {{ ref('dim_article_ids') }} as ids
    on published.article_id = ids.former_article_id
union all
select ids.former_article_id
from {{ tested('dim_article_ids') }} as ids
semi join {{ ref('fct_articles') }} as articles
    on ids.former_article_id = articles.article_id
