-- The articles whose links to others a change can touch: the changed ones, and those with a fingerprint of one.
with postings as (

    select
        article_id,
        unnest(fingerprints) as fingerprint
    from {{ ref('int_passages__fingerprints') }}
    where {{ in_increments() }}

)

select article_id
from {{ ref('int_changes__articles') }}
union
select postings.article_id
from postings
semi join {{ ref('int_changes__fingerprints') }} as changed_fingerprints
    on postings.fingerprint = changed_fingerprints.fingerprint
