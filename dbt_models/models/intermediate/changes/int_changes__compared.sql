-- The texts whose earlier ones to compare with can be others than before.
select text_id
from {{ ref('int_changes__texts') }}
union
select text_id
from {{ ref('int_changes__neighbours') }}
where is_later
