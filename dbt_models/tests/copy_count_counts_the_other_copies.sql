with hash_groups as (

    select
        content_hash,
        count(*) as article_count
    from {{ ref('fct_articles') }}
    where content_hash is not null
    group by content_hash

)

select
    articles.article_id,
    articles.copy_count,
    hash_groups.article_count
from {{ ref('fct_articles') }} as articles
left join hash_groups
    on articles.content_hash = hash_groups.content_hash
where articles.copy_count != coalesce(hash_groups.article_count - 1, 0)
