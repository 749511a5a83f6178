-- Each revision beside the earlier texts of earlier articles that are like its own. A text that several articles have
-- is that of the one which published it first. What an article says after it was copied is no copy of its copy.
--
-- A row depends on the revisions of its article, on the pairs of their texts, and on the articles with the other texts.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__copied'},
) }}
{% set changes = ref('int_changes__copied') %}

with own as (

    select revisions.*
    from {{ ref('int_copies__revisions') }} as revisions
    {{ only_changed(changes, 'revisions', ['article_id']) }}

),

pairs as (

    select pairs.*
    from {{ ref('int_copies__pairs') }} as pairs
    semi join own
        on pairs.text_id = own.text_id

),

wanted as (

    select distinct other_text_id as text_id
    from pairs

),

-- The first revision of an article that has a text, and the place of the article among those that have it.
appearances as (

    select
        revisions.text_id,
        revisions.article_id,
        arg_min(revisions.revision, revisions.revision) as revision,
        arg_min(revisions.portal, revisions.revision) as portal,
        arg_min(revisions.capture_id, revisions.revision) as capture_id,
        min(revisions.published_by) as published_by,
        min(revisions.first_published_by) as first_published_by
    from {{ ref('int_copies__revisions') }} as revisions
    semi join wanted
        on revisions.text_id = wanted.text_id
    group by revisions.text_id, revisions.article_id

),

-- The first two: one of them is another article than any given one.
earliest as (

    select *
    from appearances
    qualify row_number() over (partition by text_id order by published_by, first_published_by, article_id) <= 2

)

select
    own.article_id,
    own.revision,
    own.portal,
    earliest.article_id as other_article_id,
    earliest.revision as other_revision,
    earliest.portal as other_portal,
    pairs.kind,
    pairs.similarity,
    pairs.containment,
    pairs.other_containment,
    pairs.changed_sentence_count,
    pairs.added_sentence_count,
    pairs.removed_sentence_count,
    pairs.figures_added,
    pairs.figures_removed,
    pairs.dates_added,
    pairs.dates_removed,
    own.published_by,
    earliest.published_by as other_published_by,
    earliest.first_published_by as other_first_published_by,
    own.capture_id,
    earliest.capture_id as other_capture_id
from own
inner join pairs
    on own.text_id = pairs.text_id
inner join earliest
    on pairs.other_text_id = earliest.text_id
    and own.article_id != earliest.article_id
    and row(own.published_by, own.article_id) > row(earliest.published_by, earliest.article_id)
    and row(own.first_published_by, own.article_id) > row(earliest.first_published_by, earliest.article_id)
-- Of the two, the first that is another article.
qualify row_number() over (
    partition by own.article_id, own.revision, pairs.other_text_id
    order by earliest.published_by, earliest.article_id
) = 1
