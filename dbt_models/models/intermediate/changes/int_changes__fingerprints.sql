-- The fingerprints that changed articles have in any of their captures, or had in one that is gone.
select unnest(fingerprints.fingerprints) as fingerprint
from {{ ref('stg_portal__fingerprints') }} as fingerprints
inner join {{ ref('int_articles__captured') }} as captured
    on fingerprints.capture_id = captured.capture_id
semi join {{ ref('int_changes__articles') }} as changed_articles
    on captured.article_id = changed_articles.article_id
union
select unnest(fingerprints) as fingerprint
from {{ former('fingerprints') }}
where {{ in_increments() }}
