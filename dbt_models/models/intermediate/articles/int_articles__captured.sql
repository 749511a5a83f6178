-- A view: a table would store the texts a second time, and they are most of the warehouse. The key says which rows are
-- tested in an increment.
{{ config(materialized='view', unique_key=['own_id'], meta={'changes': 'int_changes__own_ids'}) }}

select
    articles.* exclude (articles.row_position) replace (coalesce(ids.article_id, articles.article_id) as article_id),
    articles.article_id as own_id,
    captures.url as captured_url,
    identities.content_hash,
    identities.revision_hash,
    identities.title_hash,
    identities.title_word_count
from {{ ref('stg_portal__articles') }} as articles
inner join {{ ref('stg_portal__identities') }} as identities
    on articles.capture_id = identities.capture_id
inner join {{ ref('stg_archive__captures') }} as captures
    on articles.capture_id = captures.capture_id
-- Only articles that had several ids are there.
left join {{ ref('int_article_ids') }} as ids
    on articles.article_id = ids.own_id
