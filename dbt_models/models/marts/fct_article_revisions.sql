-- A row depends on the revisions of its article, and on where the body of its capture is.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

-- What has no text, joined before the texts: see `fct_articles`.
with keyed as materialized (

    select
        revisions.article_id,
        revisions.revision,
        revisions.revision_hash,
        revisions.content_hash,
        revisions.valid_from,
        revisions.valid_to,
        revisions.capture_id,
        bodies.warc_file,
        bodies.warc_offset,
        bodies.revisit_warc_file,
        bodies.revisit_warc_offset
    from {{ ref('int_articles__revisions') }} as revisions
    {{ only_changed(changes, 'revisions', ['article_id']) }}
    inner join {{ ref('int_captures__bodies') }} as bodies
        on revisions.capture_id = bodies.capture_id

)

select
    keyed.article_id,
    keyed.revision,
    keyed.revision_hash,
    keyed.content_hash,
    captured.title,
    captured.lead,
    captured.body,
    keyed.valid_from,
    keyed.valid_to,
    edits.changed_fields,
    edits.added_word_count,
    edits.removed_word_count,
    edits.diff,
    edits.significance,
    len(edits.figures_removed) + len(edits.figures_added) > 0 as has_changed_figures,
    edits.figures_removed,
    edits.figures_added,
    len(edits.dates_removed) + len(edits.dates_added) > 0 as has_changed_dates,
    edits.dates_removed,
    edits.dates_added,
    keyed.capture_id,
    keyed.warc_file,
    keyed.warc_offset,
    keyed.revisit_warc_file,
    keyed.revisit_warc_offset
from keyed
inner join {{ captured_texts('keyed', ['capture_id']) }} as captured
    on keyed.capture_id = captured.capture_id
-- The first revision has no changes.
left join {{ ref('int_articles__changes') }} as edits
    on keyed.article_id = edits.article_id
    and keyed.revision = edits.revision
