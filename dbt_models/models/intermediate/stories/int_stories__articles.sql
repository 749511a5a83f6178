-- The story of an article is that of the text that it had first: what is written into it later moves no story. A row
-- depends on the captures of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with first_revisions as (

    select
        revisions.article_id,
        revisions.capture_id,
        {{ hanoi_day('revisions.valid_from') }} as arrived_on
    from {{ ref('int_articles__revisions') }} as revisions
    {{ only_changed(changes, 'revisions', ['article_id']) }}
    where revisions.revision = 1

)

select
    first_revisions.article_id,
    first_revisions.capture_id,
    first_revisions.arrived_on,
    terms.published_by,
    hash(
        first_revisions.capture_id,
        terms.published_by,
        terms.names,
        terms.figures,
        terms.documents,
        terms.pairs,
        terms.hashes,
        terms.weights
    ) as digest
from first_revisions
inner join {{ captured_texts('first_revisions', ['capture_id'], 'stg_portal__story_terms') }} as terms
    on first_revisions.capture_id = terms.capture_id
