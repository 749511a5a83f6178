-- A row depends on the trusted captures of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with captured as (

    select
        trusted.article_id,
        trusted.capture_id,
        trusted.captured_at,
        trusted.content_hash,
        trusted.revision_hash,
        coalesce(lag(trusted.revision_hash) over by_time != trusted.revision_hash, true) as is_first_of_revision
    from {{ ref('int_articles__trusted') }} as trusted
    {{ only_changed(changes, 'trusted', ['article_id']) }}
    window by_time as (partition by trusted.article_id order by {{ capture_order('trusted') }})

)

select
    article_id,
    row_number() over by_time as revision,
    revision_hash,
    content_hash,
    captured_at as valid_from,
    lead(captured_at) over by_time as valid_to,
    capture_id
from captured
where is_first_of_revision
window by_time as (partition by article_id order by {{ capture_order() }})
