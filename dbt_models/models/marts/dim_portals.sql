select
    slug as portal,
    slug,
    name,
    owner,
    administrative_unit,
    platform,
    base_url,
    active_from,
    active_until,
    verified_on
from {{ ref('stg_portal__portals') }}
