select
    capture_id,
    article_id,
    content_hash,
    revision_hash,
    title_hash,
    title_word_count
from {{ source('raw', 'identities') }}
