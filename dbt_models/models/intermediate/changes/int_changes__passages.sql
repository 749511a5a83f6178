-- The links, present or former, of the articles of which a link came, went or leads to or from a changed article, or
-- whose set phrases are others. All links of such an article: which of them has a sentence first is decided among them.
with articles as (

    select coalesce(links.article_id, former_links.article_id) as article_id
    from {{ ref('int_passages__links') }} as links
    full join {{ former('passage_links') }} as former_links
        on links.article_id = former_links.article_id
        and links.first_article_id = former_links.first_article_id
    where
        {{ in_increments() }}
        -- Without a link there is no list, and not an empty one.
        and links.set_phrases is distinct from former_links.set_phrases
    union
    select links.article_id
    from {{ ref('int_passages__links') }} as links
    semi join {{ ref('int_changes__articles') }} as changed_articles
        on links.article_id = changed_articles.article_id
    union
    select links.article_id
    from {{ ref('int_passages__links') }} as links
    semi join {{ ref('int_changes__articles') }} as changed_articles
        on links.first_article_id = changed_articles.article_id

)

select
    links.article_id,
    links.first_article_id
from {{ ref('int_passages__links') }} as links
semi join articles
    on links.article_id = articles.article_id
union
select
    former_links.article_id,
    former_links.first_article_id
from {{ former('passage_links') }} as former_links
semi join articles
    on former_links.article_id = articles.article_id
