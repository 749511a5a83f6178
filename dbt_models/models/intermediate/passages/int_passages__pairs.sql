-- The links whose articles this build compares: those that a change can touch, and all of them in a full build. Not
-- incremental: it says what `int_passages__shared` must compute now.
select
    links.article_id,
    links.first_article_id,
    links.set_phrases,
    articles.capture_id,
    first_articles.capture_id as first_capture_id
from {{ ref('int_passages__links') }} as links
inner join {{ ref('int_articles__current') }} as articles
    on links.article_id = articles.article_id
inner join {{ ref('int_articles__current') }} as first_articles
    on links.first_article_id = first_articles.article_id
where
    not {{ in_increments() }}
    or links.article_id in (select changed.article_id from {{ ref('int_changes__passages') }} as changed)
