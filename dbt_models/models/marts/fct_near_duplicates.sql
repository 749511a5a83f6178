-- A row depends on those of its article in `int_copies__matches`.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__copied'},
) }}
{% set changes = ref('int_changes__copied') %}

select matches.* exclude (matches.other_first_published_by)
from {{ ref('int_copies__matches') }} as matches
{{ only_changed(changes, 'matches', ['article_id']) }}
{{ in_order('matches.published_by, matches.article_id, matches.revision, matches.other_article_id') }}
