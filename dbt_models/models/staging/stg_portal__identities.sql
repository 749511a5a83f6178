select
    capture_id,
    article_id,
    content_hash,
    revision_hash
from {{ source('raw', 'identities') }}
