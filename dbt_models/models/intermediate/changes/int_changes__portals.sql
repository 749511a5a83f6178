-- The portals with a changed crawl or definition. Whatever else changes in a portal, one of its crawls did.
select portal
from {{ ref('int_changes__crawls') }}
union
select portal
from {{ ref('int_changes__definitions') }}
