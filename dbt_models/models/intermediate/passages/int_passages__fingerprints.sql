-- A view: what stands here is in other tables, and one unit's rows are no quicker found in another copy.
{{ config(materialized='view') }}

select
    articles.article_id,
    articles.portal,
    coalesce(articles.content_hash, articles.article_id) as text_id,
    -- The end of the second, minute or day that the portal names: before it nobody knows that the article was there.
    coalesce(
        articles.published_at + case articles.published_precision
            when 'second' then interval 1 second
            when 'minute' then interval 1 minute
            else interval 1 day
        end,
        'infinity'
    ) as published_before,
    articles.first_captured_at,
    fingerprints.fingerprints
from {{ ref('int_articles__current') }} as articles
inner join {{ ref('stg_portal__fingerprints') }} as fingerprints
    on articles.capture_id = fingerprints.capture_id
