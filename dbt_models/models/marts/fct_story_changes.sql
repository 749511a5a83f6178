select
    decided_on as changed_on,
    if(kind = 'merged', 'merge', 'split') as kind,
    story_id,
    other_story_id
from {{ ref('int_stories__journal') }}
where kind in ('merged', 'split')
order by changed_on, kind, story_id
