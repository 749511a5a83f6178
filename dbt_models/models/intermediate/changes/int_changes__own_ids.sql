-- The keys that a changed crawl captured or asked for, as ids, and those that are or were at a changed address.
select articles.article_id as own_id
from {{ ref('stg_portal__articles') }} as articles
semi join {{ ref('int_changes__crawls') }} as changed_crawls
    on articles.crawl_id = changed_crawls.crawl_id
union
select requests.requested_id as own_id
from {{ ref('int_identity__requests') }} as requests
semi join {{ ref('int_changes__crawls') }} as changed_crawls
    on requests.crawl_id = changed_crawls.crawl_id
union
select stays.own_id
from {{ ref('int_identity__stays') }} as stays
semi join {{ ref('int_changes__pages') }} as pages
    on stays.portal = pages.portal
    and stays.page_key = pages.page_key
union
select article_id as own_id
from {{ former('articles') }}
where {{ in_increments() }}
union
select {{ article_id('portal', 'article_key') }} as own_id
from {{ former('capture_keys') }}
where {{ in_increments() }}
