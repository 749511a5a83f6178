-- Numbered 1, 2, 3 … without gaps; each is valid until the next begins, the last is open; consecutive ones differ.
with numbered as (

    select
        article_id,
        revision,
        revision_hash,
        valid_from,
        valid_to,
        row_number() over by_number as expected_revision,
        lead(valid_from) over by_number as next_valid_from,
        lead(revision_hash) over by_number as next_revision_hash
    from {{ tested('fct_article_revisions') }}
    window by_number as (partition by article_id order by revision)

)

select *
from numbered
where
    revision != expected_revision
    or valid_to is distinct from next_valid_from
    or valid_to < valid_from
    or revision_hash = next_revision_hash
