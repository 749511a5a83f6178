-- Text that occurs in several articles of one crawl is usually boilerplate: leaked menus, ratings and share lines.
--
-- A paragraph repeats if it occurs in at least `repeat_articles_min` articles of the crawl with different bodies.
-- Copies of one text repeat all of it, which says nothing about the extractor. Case and digits are ignored, so that a
-- counter or date in the line does not hide it. Counted per crawl: in 10,000 articles, any set phrase occurs thrice.
--
-- A row depends on the articles of its crawl alone; therefore they are told apart by the keys of this crawl.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['crawl_id'],
    meta={'changes': 'int_changes__crawls'},
) }}
{% set changes = ref('int_changes__crawls') %}

with captured as (

    select
        articles.capture_id,
        articles.crawl_id
    from {{ ref('stg_portal__articles') }} as articles
    {{ only_changed(changes, 'articles', ['crawl_id']) }}

),

-- Not a join with `unnest`: DuckDB would group the articles by their bodies first, and hold all of them.
spread as (

    select
        hash(articles.capture_id) as capture,
        hash(articles.crawl_id) as crawl,
        hash(articles.article_id) as own_id,
        hash(coalesce(identities.content_hash, articles.article_id)) as text_id,
        unnest({{ paragraphs_of('articles.body') }}) as words
    from {{ captured_texts(changes, ['crawl_id']) }} as articles
    inner join {{ ref('stg_portal__identities') }} as identities
        on articles.capture_id = identities.capture_id

),

-- Hashes instead of texts: these are millions of rows, which are read four times and held in between. So no other
-- query here reads bodies.
paragraphs as (

    select
        capture,
        crawl,
        own_id,
        text_id,
        length(words) as characters,
        hash(crawl, regexp_replace(lower(words), '^ +| +$|[0-9]+', '', 'g')) as paragraph_id
    from spread

),

crawls as (

    select
        hash(crawl_id) as crawl,
        count(*) as articles
    from captured
    group by crawl_id

),

-- Nearly all paragraphs occur once.
frequent as (

    select paragraph_id
    from paragraphs
    group by paragraph_id
    having count(*) >= {{ var('repeat_articles_min') }}

),

repeated as (

    select paragraphs.paragraph_id
    from paragraphs
    semi join frequent
        on paragraphs.paragraph_id = frequent.paragraph_id
    inner join crawls
        on paragraphs.crawl = crawls.crawl
    group by paragraphs.paragraph_id
    having
        least(count(distinct paragraphs.own_id), count(distinct paragraphs.text_id))
        >= greatest(
            {{ var('repeat_articles_min') }},
            {{ var('repeat_articles_share_min') }} * any_value(crawls.articles)
        )

),

of_capture as (

    select
        paragraphs.capture,
        cast(sum(paragraphs.characters) as bigint) as body_characters,
        cast(coalesce(sum(paragraphs.characters) filter (where repeated.paragraph_id is not null), 0) as bigint)
            as repeated_characters
    from paragraphs
    left join repeated
        on paragraphs.paragraph_id = repeated.paragraph_id
    group by paragraphs.capture

)

select
    captured.capture_id,
    captured.crawl_id,
    of_capture.body_characters,
    of_capture.repeated_characters
from captured
inner join of_capture
    on hash(captured.capture_id) = of_capture.capture
