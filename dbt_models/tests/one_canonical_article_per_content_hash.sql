-- Exactly one article per content hash is canonical and all point to it; an article without a hash points to itself.
select
    coalesce(content_hash, article_id) as hash_group,
    count(*) filter (where is_canonical) as canonical_count,
    count(distinct canonical_article_id) as pointed_at_count
from {{ ref('fct_articles') }}
group by coalesce(content_hash, article_id)
having
    count(*) filter (where is_canonical) != 1
    or count(distinct canonical_article_id) != 1
    or max(canonical_article_id) != max(article_id) filter (where is_canonical)
