-- Exactly one article per content hash is canonical and all point to it; an article without a hash points to itself.
with articles as (

    select
        *,
        coalesce(content_hash, article_id) as hash_group
    from {{ ref('fct_articles') }}

)

select
    articles.hash_group,
    count(*) filter (where articles.is_canonical) as canonical_count,
    count(distinct articles.canonical_article_id) as pointed_at_count
from articles
semi join {{ tested('fct_articles') }} as tested_articles
    on articles.hash_group = coalesce(tested_articles.content_hash, tested_articles.article_id)
group by articles.hash_group
having
    count(*) filter (where articles.is_canonical) != 1
    or count(distinct articles.canonical_article_id) != 1
    or max(articles.canonical_article_id) != max(articles.article_id) filter (where articles.is_canonical)
