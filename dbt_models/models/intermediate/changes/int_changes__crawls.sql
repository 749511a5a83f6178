-- A later crawl decides whether the absences of a crawl that was cut short count, so it changes that one, too.
select
    crawl_id,
    portal
from {{ former('crawls') }}
where {{ in_increments() }}
union
select
    regular_crawls.crawl_id,
    regular_crawls.portal
from {{ ref('int_crawls__regular') }} as regular_crawls
left join {{ former('regular_crawls') }} as former_crawls
    on regular_crawls.crawl_id = former_crawls.crawl_id
where
    {{ in_increments() }}
    and regular_crawls.is_trusted is distinct from former_crawls.is_trusted
