select
    crawl_id,
    portal,
    run_id,
    started_at,
    ended_at,
    verdict,
    verdict_reason,
    requests,
    captures,
    list_rows_seen,
    articles_found,
    articles_new as articles_new_reported,
    errors,
    warc_file
from {{ source('raw', 'crawls') }}
