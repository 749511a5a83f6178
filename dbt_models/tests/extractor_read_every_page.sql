select
    capture_id,
    warc_file,
    warc_offset,
    detail
from {{ tested('fct_unread_pages') }}
where reason = 'extractor_error'
