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
    changes.changed_fields,
    changes.added_word_count,
    changes.removed_word_count,
    changes.diff,
    len(changes.figures_removed) + len(changes.figures_added) > 0 as has_changed_figures,
    changes.figures_removed,
    changes.figures_added,
    len(changes.dates_removed) + len(changes.dates_added) > 0 as has_changed_dates,
    changes.dates_removed,
    changes.dates_added,
    revisions.capture_id,
    bodies.warc_file,
    bodies.warc_offset,
    bodies.revisit_warc_file,
    bodies.revisit_warc_offset
from {{ ref('int_articles__revisions') }} as revisions
inner join {{ ref('int_articles__captured') }} as captured
    on revisions.capture_id = captured.capture_id
inner join {{ ref('int_captures__bodies') }} as bodies
    on revisions.capture_id = bodies.capture_id
-- The first revision has no changes.
left join {{ ref('int_articles__changes') }} as changes
    on revisions.article_id = changes.article_id
    and revisions.revision = changes.revision
