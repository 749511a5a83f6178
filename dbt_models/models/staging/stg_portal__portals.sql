select
    slug,
    name,
    owner,
    administrative_unit,
    platform,
    base_url,
    active_from,
    active_until,
    verified_on,
    hosts,
    former_hosts,
    source_keys
from {{ source('raw', 'portals') }}
