-- A row depends on the revisions of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with revisions as (

    select
        revisions.article_id,
        revisions.revision,
        signatures.portal,
        signatures.text_id,
        -- The page's date is that of its first text.
        if(revisions.revision = 1, signatures.published_by, revisions.valid_from) as published_by,
        revisions.valid_from,
        revisions.valid_to,
        revisions.capture_id
    from {{ ref('int_articles__revisions') }} as revisions
    {{ only_changed(changes, 'revisions', ['article_id']) }}
    inner join {{ ref('stg_portal__signatures') }} as signatures
        on revisions.capture_id = signatures.capture_id

)

select
    *,
    min(published_by) over (partition by article_id) as first_published_by
from revisions
