-- A look is a crawl that shows how the portal is now: full and incremental ones. A backfill reads history, and an
-- import takes over what another crawler saw.
select
    crawl_id,
    portal,
    started_at,
    verdict,
    verdict_reason,
    -- Of what a crawl with another verdict did not find, nobody knows why.
    verdict in ('ok', 'no_news') as is_healthy
from {{ ref('stg_archive__crawls') }}
where kind in ('full', 'incremental')
