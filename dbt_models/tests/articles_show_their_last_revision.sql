with last_revisions as (

    select
        article_id,
        max(revision) as revision_count,
        arg_max(revision_hash, revision) as revision_hash,
        min(valid_from) as first_captured_at
    from {{ tested('fct_article_revisions') }}
    group by article_id

)

select articles.article_id
from {{ tested('fct_articles') }} as articles
left join last_revisions
    on articles.article_id = last_revisions.article_id
where
    articles.revision_count is distinct from last_revisions.revision_count
    or articles.revision_hash is distinct from last_revisions.revision_hash
    or articles.first_captured_at is distinct from last_revisions.first_captured_at
