-- A row depends on the articles that have its fingerprint, on when they were published, and on their portals.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['fingerprint'],
    meta={'changes': 'int_changes__fingerprints'},
) }}
{% set changes = ref('int_changes__fingerprints') %}

with all_postings as (

    select
        article_id,
        portal,
        unnest(fingerprints) as fingerprint
    from {{ ref('int_passages__fingerprints') }}

),

postings as (

    select all_postings.*
    from all_postings
    {{ only_changed(changes, 'all_postings', ['fingerprint']) }}

),

-- Nearly all fingerprints are in one portal only. Of these there is a row for each of some fifty million, so that this
-- keeps no more of them than it must.
common as (

    select fingerprint
    from postings
    group by fingerprint
    having min(hash(portal)) != max(hash(portal))

),

by_portal as (

    select
        postings.fingerprint,
        postings.portal,
        count(*) as article_count,
        count(distinct articles.text_id) as text_count,
        min({
            'published_before': articles.published_before,
            'first_captured_at': articles.first_captured_at,
            'article_id': articles.article_id
        }) as first_article
    from postings
    semi join common
        on postings.fingerprint = common.fingerprint
    inner join {{ ref('int_passages__fingerprints') }} as articles
        on postings.article_id = articles.article_id
    group by postings.fingerprint, postings.portal

),

buckets as (

    select
        fingerprint,
        max(text_count) > {{ var('passage_portal_texts_max') }}
        or sum(article_count) > {{ var('passage_articles_max') }} as is_set_phrase,
        min(first_article) as first_article
    from by_portal
    group by fingerprint

)

select
    fingerprint,
    is_set_phrase,
    case when not is_set_phrase then first_article.article_id end as first_article_id
from buckets
