with captured as (

    select
        article_id,
        capture_id,
        captured_at,
        content_hash,
        revision_hash,
        coalesce(lag(revision_hash) over by_time != revision_hash, true) as is_first_of_revision
    from {{ ref('int_articles__trusted') }}
    window by_time as (partition by article_id order by {{ capture_order() }})

)

select
    article_id,
    row_number() over by_time as revision,
    revision_hash,
    content_hash,
    captured_at as valid_from,
    lead(captured_at) over by_time as valid_to,
    capture_id
from captured
where is_first_of_revision
window by_time as (partition by article_id order by {{ capture_order() }})
