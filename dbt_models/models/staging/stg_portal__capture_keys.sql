select
    capture_id,
    crawl_id,
    portal,
    article_key,
    page_key,
    redirect_key
from {{ source('raw', 'capture_keys') }}
