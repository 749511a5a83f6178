-- A row depends on the captures that have its text, and on the articles to which they belong.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['text_id'],
    meta={'changes': 'int_changes__texts'},
) }}
{% set changes = ref('int_changes__texts') %}

-- Without the bands, which would be held while the captures are grouped.
with texts as materialized (

    select
        signatures.text_id,
        min(signatures.published_by) as first_at,
        arg_min(signatures.capture_id, row(signatures.published_by, signatures.capture_id)) as capture_id,
        min(coalesce(ids.article_id, signatures.article_id)) as first_article_id,
        max(coalesce(ids.article_id, signatures.article_id)) as last_article_id
    from {{ ref('stg_portal__signatures') }} as signatures
    {{ only_changed(changes, 'signatures', ['text_id']) }}
    left join {{ ref('int_article_ids') }} as ids
        on signatures.article_id = ids.own_id
    group by signatures.text_id

)

select
    texts.text_id,
    texts.first_at,
    texts.capture_id,
    if(texts.first_article_id = texts.last_article_id, texts.first_article_id, null) as only_article_id,
    signatures.bands
from texts
inner join {{ ref('stg_portal__signatures') }} as signatures
    on texts.capture_id = signatures.capture_id
