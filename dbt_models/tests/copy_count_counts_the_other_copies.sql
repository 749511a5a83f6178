with articles as (

    select
        all_articles.article_id,
        all_articles.content_hash,
        all_articles.copy_count
    from {{ ref('fct_articles') }} as all_articles
    semi join {{ tested('fct_articles') }} as tested_articles
        on all_articles.content_hash = tested_articles.content_hash

),

hash_groups as (

    select
        content_hash,
        count(*) as article_count
    from articles
    group by content_hash

)

select
    articles.article_id,
    articles.copy_count,
    hash_groups.article_count
from articles
inner join hash_groups
    on articles.content_hash = hash_groups.content_hash
where articles.copy_count != hash_groups.article_count - 1
union all
select
    article_id,
    copy_count,
    1 as article_count
from {{ tested('fct_articles') }}
where
    content_hash is null
    and copy_count != 0
