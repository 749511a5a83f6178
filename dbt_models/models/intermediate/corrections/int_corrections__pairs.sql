-- The corrections of originals that this build looks for in their copies: those of copies that a change can touch, and
-- all of them in a full build. Not incremental: it says what `int_corrections__carried` must compute now.
with copies as (

    select
        article_id,
        other_article_id,
        min(other_revision) as other_revision
    from {{ ref('int_copies__matches') }}
    where
        kind != 'template'
        and (
            not {{ in_increments() }}
            or article_id in (select changed.article_id from {{ ref('int_changes__copied') }} as changed)
        )
    group by article_id, other_article_id

),

corrections as (

    select
        copies.article_id,
        copies.other_article_id,
        changes.revision as other_revision,
        changes.significance
    from copies
    inner join {{ ref('int_articles__changes') }} as changes
        on copies.other_article_id = changes.article_id
        and copies.other_revision < changes.revision
    where
        changes.significance > 0
        and list_has_any(changes.changed_fields, ['lead', 'body'])

),

copied as (

    select
        revisions.article_id,
        list(
            struct_pack(
                revision := revisions.revision,
                published_by := revisions.published_by,
                valid_from := revisions.valid_from,
                valid_to := revisions.valid_to,
                capture_id := revisions.capture_id
            )
            order by revisions.revision
        ) as revisions
    from {{ ref('int_copies__revisions') }} as revisions
    semi join corrections
        on revisions.article_id = corrections.article_id
    group by revisions.article_id

)

select
    corrections.article_id,
    corrections.other_article_id,
    corrections.other_revision,
    corrections.significance,
    corrected.valid_from as corrected_at,
    former_revisions.capture_id as former_capture_id,
    corrected.capture_id as corrected_capture_id,
    copied.revisions
from corrections
inner join copied
    on corrections.article_id = copied.article_id
inner join {{ ref('int_articles__revisions') }} as corrected
    on corrections.other_article_id = corrected.article_id
    and corrections.other_revision = corrected.revision
inner join {{ ref('int_articles__revisions') }} as former_revisions
    on corrections.other_article_id = former_revisions.article_id
    and corrections.other_revision = former_revisions.revision + 1
