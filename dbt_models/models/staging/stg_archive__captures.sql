select
    capture_id,
    crawl_id,
    portal,
    url,
    captured_at,
    cast(status as integer) as status,
    content_type,
    payload_digest,
    is_revisit,
    bytes,
    warc_file,
    warc_offset,
    refers_to
from {{ source('raw', 'captures') }}
