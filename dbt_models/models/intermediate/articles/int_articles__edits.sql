-- A view: these pairs of texts are read only once, by `int_articles__changes`.
{{ config(materialized='view') }}

with edited as (

    select article_id
    from {{ ref('int_articles__revisions') }}
    where revision = 2

),

revisions as (

    select
        revisions.article_id,
        revisions.revision,
        list_filter([captured.title], part -> part is not null) as title,
        list_filter([captured.lead], part -> part is not null) as lead,
        {{ paragraphs_of('captured.body') }} as body,
        captured.captions,
        captured.attachments
    from {{ ref('int_articles__revisions') }} as revisions
    inner join {{ ref('int_articles__captured') }} as captured
        on revisions.capture_id = captured.capture_id
    -- Most articles are never edited, and the texts are most of the warehouse.
    semi join edited
        on revisions.article_id = edited.article_id

)

select
    later.article_id,
    later.revision,
    earlier.title as title_before,
    earlier.lead as lead_before,
    earlier.body as body_before,
    earlier.captions as captions_before,
    earlier.attachments as attachments_before,
    later.title as title_after,
    later.lead as lead_after,
    later.body as body_after,
    later.captions as captions_after,
    later.attachments as attachments_after
from revisions as later
inner join revisions as earlier
    on later.article_id = earlier.article_id
    and later.revision = earlier.revision + 1
