select
    capture_id,
    crawl_id,
    portal,
    url,
    captured_at,
    status,
    content_type,
    payload_digest,
    is_revisit,
    bytes,
    article_key,
    warc_file,
    warc_offset
from {{ ref('stg_archive__captures') }}
