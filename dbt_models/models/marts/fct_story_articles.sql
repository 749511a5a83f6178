-- A row depends on the decisions about its article, and on the merges of stories.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['story_id'],
    meta={'changes': 'int_changes__stories'},
) }}
{% set changes = ref('int_changes__stories') %}

with assigned as (

    select assigned.*
    from {{ ref('int_stories__assigned') }} as assigned
    {{ only_changed(changes, 'assigned', ['story_id']) }}

)

select
    assigned.story_id,
    assigned.article_id,
    current_states.portal,
    articles.published_by,
    assigned.assigned_on,
    journal.similarity,
    journal.shared_terms,
    journal.shared_names,
    journal.shared_figures,
    journal.shared_documents
from assigned
inner join {{ ref('int_stories__journal') }} as journal
    on
    assigned.article_id = journal.article_id
    and assigned.assigned_on = journal.decided_on
    and journal.kind in ('arrived', 'moved')
inner join {{ ref('int_stories__articles') }} as articles
    on assigned.article_id = articles.article_id
inner join {{ ref('int_articles__current') }} as current_states
    on assigned.article_id = current_states.article_id
{{ in_order('articles.published_by, assigned.article_id') }}
