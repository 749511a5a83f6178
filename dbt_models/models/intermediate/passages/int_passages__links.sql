-- A row depends on the fingerprints of its article, and on the buckets of these.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__fingerprinted'},
) }}
{% set changes = ref('int_changes__fingerprinted') %}

with postings as (

    select
        articles.article_id,
        unnest(articles.fingerprints) as fingerprint
    from {{ ref('int_passages__fingerprints') }} as articles
    {{ only_changed(changes, 'articles', ['article_id']) }}

),

found as (

    select
        postings.article_id,
        postings.fingerprint,
        buckets.is_set_phrase,
        buckets.first_article_id
    from postings
    inner join {{ ref('int_passages__buckets') }} as buckets
        on postings.fingerprint = buckets.fingerprint

),

set_phrases as (

    select
        article_id,
        list(fingerprint order by fingerprint) as fingerprints
    from found
    where is_set_phrase
    group by article_id

),

links as (

    select
        article_id,
        first_article_id,
        count(*) as common_fingerprint_count
    from found
    where article_id != first_article_id
    group by article_id, first_article_id
    qualify row_number() over (
        partition by article_id
        order by common_fingerprint_count desc, first_article_id asc
    ) <= {{ var('passage_links_max') }}

)

select
    links.article_id,
    links.first_article_id,
    links.common_fingerprint_count,
    coalesce(set_phrases.fingerprints, []) as set_phrases
from links
left join set_phrases
    on links.article_id = set_phrases.article_id
