-- The portals whose definition is new, another one or gone.
select coalesce(portals.slug, former_portals.slug) as portal
from {{ ref('stg_portal__portals') }} as portals
full join {{ former('portals') }} as former_portals
    on portals.slug = former_portals.slug
where
    {{ in_increments() }}
    and (
        portals.slug is distinct from former_portals.slug
        or portals.name is distinct from former_portals.name
        or portals.active_from is distinct from former_portals.active_from
        or portals.active_until is distinct from former_portals.active_until
        or portals.hosts is distinct from former_portals.hosts
        or portals.former_hosts is distinct from former_portals.former_hosts
        or portals.source_keys is distinct from former_portals.source_keys
    )
