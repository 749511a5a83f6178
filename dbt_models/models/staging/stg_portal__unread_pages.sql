select
    capture_id,
    crawl_id,
    portal,
    url,
    reason
from {{ source('raw', 'unread_pages') }}
