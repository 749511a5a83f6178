with edits as (

    select *
    from {{ tested('fct_article_events') }}
    where event = 'edited'

)

select
    revisions.article_id,
    revisions.revision
from {{ tested('fct_article_revisions') }} as revisions
full join edits
    on revisions.article_id = edits.article_id
    and revisions.revision = edits.revision
where
    revisions.article_id is null
    or (revisions.revision > 1) != (edits.event_id is not null)
    or (revisions.revision > 1) != coalesce(len(revisions.changed_fields) > 0, false)
    or (revisions.revision = 1) != (revisions.diff is null)
    or (revisions.revision = 1) != (revisions.significance is null)
    or revisions.significance not between 0 and 1
