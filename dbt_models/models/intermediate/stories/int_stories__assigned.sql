-- A view: each of its rows can change with a merge.
{{ config(materialized='view') }}

with last_ones as (

    select
        article_id,
        max(decided_on) as assigned_on,
        arg_max(story_id, decided_on) as story_id
    from {{ ref('int_stories__journal') }}
    where kind in ('arrived', 'moved')
    group by article_id

)

select
    last_ones.article_id,
    coalesce(merged.present_story_id, last_ones.story_id) as story_id,
    last_ones.assigned_on
from last_ones
left join {{ ref('int_stories__merged') }} as merged
    on last_ones.story_id = merged.story_id
