select
    capture_id,
    article_id,
    portal,
    published_by,
    text_id,
    word_count,
    bands
from {{ source('raw', 'signatures') }}
