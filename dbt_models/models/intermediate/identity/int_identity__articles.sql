select
    own_id,
    min(captured_at) as first_captured_at,
    arg_min(crawl_id, row({{ capture_order() }})) as first_crawl_id
from {{ ref('int_identity__captures') }}
group by own_id
