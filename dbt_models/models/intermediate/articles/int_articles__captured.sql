-- A view: a table would store the texts a second time, and they are most of the warehouse.
{{ config(materialized='view') }}

select
    articles.*,
    captures.url as captured_url,
    identities.content_hash,
    identities.revision_hash
from {{ ref('stg_portal__articles') }} as articles
inner join {{ ref('stg_portal__identities') }} as identities
    on articles.capture_id = identities.capture_id
inner join {{ ref('stg_archive__captures') }} as captures
    on articles.capture_id = captures.capture_id
