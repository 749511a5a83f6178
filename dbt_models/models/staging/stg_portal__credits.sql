select
    capture_id,
    basis,
    source_name,
    source_key,
    is_known,
    host,
    url_key,
    mark
from {{ source('raw', 'credits') }}
