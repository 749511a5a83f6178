-- Made whole in every build, as `int_reprints__originals` is.
select *
from {{ ref('int_reprints__originals') }}
order by published_by, article_id
