select passage_id
from {{ tested('fct_shared_passages') }}
group by passage_id
having
    count(*) filter (where is_first) != 1
    or bool_or(is_first != (article_id = first_article_id))
    or count(distinct portal) = 1
    or count(distinct row(article_id, field, start_offset)) != count(*)
