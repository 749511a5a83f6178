-- A row depends on the articles of its story, and on the current title of the first one.
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

),

stories as (

    select
        assigned.story_id,
        min(articles.published_by) as first_published_by,
        max(articles.published_by) as last_published_by,
        count(*) as article_count,
        count(distinct current_states.portal) as portal_count,
        list_sort(list(distinct current_states.portal)) as portals,
        arg_min(articles.article_id, row(articles.published_by, articles.article_id)) as lead_article_id
    from assigned
    inner join {{ ref('int_stories__articles') }} as articles
        on assigned.article_id = articles.article_id
    inner join {{ ref('int_articles__current') }} as current_states
        on assigned.article_id = current_states.article_id
    group by assigned.story_id

),

leads as (

    select
        stories.*,
        current_states.capture_id
    from stories
    inner join {{ ref('int_articles__current') }} as current_states
        on stories.lead_article_id = current_states.article_id

)

select
    leads.story_id,
    captured.title,
    leads.lead_article_id,
    leads.first_published_by,
    leads.last_published_by,
    leads.article_count,
    leads.portal_count,
    leads.portals
from leads
inner join {{ captured_texts('leads', ['capture_id']) }} as captured
    on leads.capture_id = captured.capture_id
{{ in_order('leads.first_published_by, leads.story_id') }}
