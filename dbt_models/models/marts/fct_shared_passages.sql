-- Each sentence is put down to one article that has it: the first published of those with all of it, and of those with
-- a part of it if none has all. So forty portals with one sentence are forty rows, and no row is one of a pair of them.
--
-- A row depends on the links of the articles that share with its first article, and on these articles. The change model
-- names all links of an article of which one can differ.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['first_article_id'],
    meta={'changes': 'int_changes__passages'},
) }}
{% set changes = ref('int_changes__passages') %}

with articles as (

    select distinct shared.article_id
    from {{ ref('int_passages__shared') }} as shared
    {{ only_changed(changes, 'shared', ['first_article_id']) }}

),

chosen as (

    select shared.*
    from {{ ref('int_passages__shared') }} as shared
    semi join articles
        on shared.article_id = articles.article_id
    inner join {{ ref('int_passages__fingerprints') }} as firsts
        on shared.first_article_id = firsts.article_id
    qualify shared.first_article_id = first_value(shared.first_article_id) over (
        partition by shared.article_id, shared.field, shared.start_offset
        order by shared.kind = 'partial', firsts.published_before, firsts.first_captured_at, firsts.article_id
    )

),

places as (

    select
        chosen.article_id,
        chosen.field,
        chosen.start_offset,
        chosen.end_offset,
        chosen.kind,
        chosen.shared_word_share,
        chosen.first_article_id,
        chosen.first_field,
        chosen.first_start_offset,
        chosen.first_end_offset
    from chosen
    {{ only_changed(changes, 'chosen', ['first_article_id']) }}

),

-- A sentence that only one portal has says the same thing twice there.
passages as (

    select
        places.first_article_id,
        places.first_field,
        places.first_start_offset,
        places.first_end_offset,
        firsts.published_at as first_published_at
    from places
    inner join {{ ref('int_articles__current') }} as articles
        on places.article_id = articles.article_id
    inner join {{ ref('int_articles__current') }} as firsts
        on places.first_article_id = firsts.article_id
    group by all
    having bool_or(articles.portal != firsts.portal)

),

rows as (

    select
        article_id,
        field,
        start_offset,
        end_offset,
        kind,
        shared_word_share,
        false as is_first,
        first_article_id,
        first_field,
        first_start_offset
    from places
    union all
    select
        first_article_id as article_id,
        first_field as field,
        first_start_offset as start_offset,
        first_end_offset as end_offset,
        'verbatim' as kind,
        1.0 as shared_word_share,
        true as is_first,
        first_article_id,
        first_field,
        first_start_offset
    from passages

),

revisions as (

    select
        revisions.article_id,
        max(revisions.revision) as revision
    from {{ ref('int_articles__revisions') }} as revisions
    semi join rows
        on revisions.article_id = rows.article_id
    group by revisions.article_id

)

select
    {{ short_hash(['rows.first_article_id', 'rows.first_field', 'rows.first_start_offset']) }} as passage_id,
    rows.article_id,
    articles.portal,
    revisions.revision,
    rows.field,
    rows.start_offset,
    rows.end_offset,
    rows.kind,
    rows.shared_word_share,
    rows.is_first,
    rows.first_article_id,
    passages.first_published_at,
    articles.capture_id
from rows
inner join passages
    on rows.first_article_id = passages.first_article_id
    and rows.first_field = passages.first_field
    and rows.first_start_offset = passages.first_start_offset
inner join {{ ref('int_articles__current') }} as articles
    on rows.article_id = articles.article_id
inner join revisions
    on rows.article_id = revisions.article_id
{{ in_order(
    'passages.first_published_at nulls last, passage_id, rows.is_first desc, rows.article_id, rows.start_offset'
) }}
