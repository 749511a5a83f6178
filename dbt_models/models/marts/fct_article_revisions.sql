select
    revisions.article_id,
    revisions.revision,
    revisions.revision_hash,
    revisions.content_hash,
    captured.title,
    captured.lead,
    captured.body,
    revisions.valid_from,
    revisions.valid_to,
    revisions.capture_id
from {{ ref('int_articles__revisions') }} as revisions
inner join {{ ref('int_articles__captured') }} as captured
    on revisions.capture_id = captured.capture_id
