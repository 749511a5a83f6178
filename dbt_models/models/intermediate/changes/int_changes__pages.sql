-- The addresses at which a changed crawl saw, or was refused, an article.
select
    articles.portal,
    articles.page_key
from {{ ref('stg_portal__articles') }} as articles
semi join {{ ref('int_changes__crawls') }} as changed_crawls
    on articles.crawl_id = changed_crawls.crawl_id
union
select
    keys.portal,
    keys.page_key
from {{ ref('stg_portal__capture_keys') }} as keys
semi join {{ ref('int_changes__crawls') }} as changed_crawls
    on keys.crawl_id = changed_crawls.crawl_id
union
select
    portal,
    page_key
from {{ former('articles') }}
where {{ in_increments() }}
union
select
    portal,
    page_key
from {{ former('capture_keys') }}
where {{ in_increments() }}
