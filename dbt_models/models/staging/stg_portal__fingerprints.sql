select
    capture_id,
    fingerprints
from {{ source('raw', 'fingerprints') }}
