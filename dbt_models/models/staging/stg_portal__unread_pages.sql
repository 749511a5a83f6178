select
    capture_id,
    crawl_id,
    portal,
    url,
    reason,
    detail
from {{ source('raw', 'unread_pages') }}
