with captured_crawls as (

    select distinct crawl_id
    from {{ ref('stg_archive__captures') }}

),

first_seen as (

    select
        first_crawl_id as crawl_id,
        count(*) as articles_new
    from {{ ref('int_articles__current') }}
    group by first_crawl_id

),

-- Hashes instead of ids: there is a row for each capture of an article.
read_articles as (

    select distinct
        articles.crawl_id,
        hash(coalesce(ids.article_id, articles.article_id)) as article
    from {{ ref('stg_portal__articles') }} as articles
    left join {{ ref('int_article_ids') }} as ids
        on articles.article_id = ids.own_id

),

read_pages as (

    select
        crawl_id,
        count(*) as articles_read
    from read_articles
    group by crawl_id

),

unread as (

    select
        crawl_id,
        count(*) as pages_unread
    from {{ ref('stg_portal__unread_pages') }}
    group by crawl_id

)

select
    crawls.crawl_id,
    crawls.portal,
    crawls.run_id,
    crawls.kind,
    crawls.is_complete,
    crawls.resumes,
    crawls.started_at,
    crawls.ended_at,
    crawls.verdict,
    crawls.verdict_reason,
    crawls.requests,
    crawls.requests_for,
    crawls.captures,
    crawls.list_rows_seen,
    crawls.articles_found,
    -- The crawler's own count is used only if its captures are not in the archive.
    case
        when captured_crawls.crawl_id is null then crawls.articles_new_reported
        else coalesce(first_seen.articles_new, 0)
    end as articles_new,
    crawls.articles_captured,
    coalesce(read_pages.articles_read, 0) as articles_read,
    coalesce(unread.pages_unread, 0) as pages_unread,
    crawls.articles_recognised,
    crawls.articles_missing,
    crawls.not_modified,
    crawls.errors,
    crawls.warc_file
from {{ ref('stg_archive__crawls') }} as crawls
left join captured_crawls on crawls.crawl_id = captured_crawls.crawl_id
left join first_seen on crawls.crawl_id = first_seen.crawl_id
left join read_pages on crawls.crawl_id = read_pages.crawl_id
left join unread on crawls.crawl_id = unread.crawl_id
