select
    slug,
    name,
    owner,
    administrative_unit,
    platform,
    base_url,
    active_from,
    active_until,
    verified_on
from {{ source('raw', 'portals') }}
