select
    revisions.article_id,
    revisions.revision
from {{ ref('fct_article_revisions') }} as revisions
full join (select * from {{ ref('fct_article_events') }} where event = 'edited') as events
    on revisions.article_id = events.article_id
    and revisions.revision = events.revision
where
    revisions.article_id is null
    or (revisions.revision > 1) != (events.event_id is not null)
    or (revisions.revision > 1) != coalesce(len(revisions.changed_fields) > 0, false)
    or (revisions.revision = 1) != (revisions.diff is null)
