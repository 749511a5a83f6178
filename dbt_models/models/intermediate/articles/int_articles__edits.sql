-- A view: these pairs of texts are read only once, by `int_articles__changes`.
{{ config(materialized='view') }}

select
    pairs.article_id,
    pairs.revision,
    list_filter([before_it.title], part -> part is not null) as title_before,
    list_filter([before_it.lead], part -> part is not null) as lead_before,
    {{ paragraphs_of('before_it.body') }} as body_before,
    before_it.captions as captions_before,
    before_it.attachments as attachments_before,
    list_filter([after_it.title], part -> part is not null) as title_after,
    list_filter([after_it.lead], part -> part is not null) as lead_after,
    {{ paragraphs_of('after_it.body') }} as body_after,
    after_it.captions as captions_after,
    after_it.attachments as attachments_after
from {{ ref('int_articles__pairs') }} as pairs
inner join {{ ref('stg_portal__articles') }} as before_it
    on pairs.capture_id_before = before_it.capture_id
inner join {{ ref('stg_portal__articles') }} as after_it
    on pairs.capture_id = after_it.capture_id
