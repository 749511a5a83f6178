-- The revisions to compare in this build: those of changed articles, and all of them in a full build. Not incremental:
-- it says what `int_articles__changes` must compute now.
with compared as (

    select
        article_id,
        revision,
        capture_id,
        lag(capture_id) over (partition by article_id order by revision) as capture_id_before
    from {{ ref('int_articles__revisions') }}

)

select *
from compared
where
    capture_id_before is not null
    and (
        not {{ in_increments() }}
        or article_id in (select changed.article_id from {{ ref('int_changes__articles') }} as changed)
    )
