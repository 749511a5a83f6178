-- A row depends on those of its article in `int_corrections__carried`.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__copied'},
) }}
{% set changes = ref('int_changes__copied') %}

select
    carried.article_id,
    articles.portal,
    carried.revision,
    carried.other_article_id as original_article_id,
    originals.portal as original_portal,
    carried.other_revision as original_revision,
    carried.sentence_number,
    carried.significance,
    carried.corrected_at,
    carried.stale_since,
    carried.followed_at,
    carried.followed_revision,
    carried.followed_at is null as is_stale,
    carried.carried_sentence,
    carried.former_sentence,
    carried.corrected_sentence,
    carried.figures_removed,
    carried.figures_added,
    carried.capture_id,
    carried.other_capture_id as original_capture_id
from {{ ref('int_corrections__carried') }} as carried
{{ only_changed(changes, 'carried', ['article_id']) }}
inner join {{ ref('int_articles__current') }} as articles
    on carried.article_id = articles.article_id
inner join {{ ref('int_articles__current') }} as originals
    on carried.other_article_id = originals.article_id
