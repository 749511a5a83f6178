select
    captures.capture_id,
    captures.crawl_id,
    captures.portal,
    captures.url,
    captures.captured_at,
    captures.status,
    captures.content_type,
    captures.payload_digest,
    captures.is_revisit,
    captures.bytes,
    keys.article_key,
    captures.warc_file,
    captures.warc_offset
from {{ ref('stg_archive__captures') }} as captures
left join {{ ref('stg_portal__capture_keys') }} as keys
    on captures.capture_id = keys.capture_id
