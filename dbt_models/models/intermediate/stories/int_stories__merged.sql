-- A view: merges are few.
{{ config(materialized='view') }}

with recursive steps as (

    select
        story_id,
        other_story_id
    from {{ ref('int_stories__journal') }}
    where kind = 'merged'

),

followed as (

    select
        story_id,
        other_story_id
    from steps
    union all
    select
        followed.story_id,
        steps.other_story_id
    from followed
    inner join steps
        on followed.other_story_id = steps.story_id

)

select
    followed.story_id,
    followed.other_story_id as present_story_id
from followed
left join steps
    on followed.other_story_id = steps.story_id
where steps.story_id is null
