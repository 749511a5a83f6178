-- Text that occurs in several articles of one crawl is usually boilerplate: leaked menus, ratings and share lines.
--
-- A paragraph repeats if it occurs in at least `repeat_articles_min` articles of the crawl with different bodies.
-- Copies of one text repeat all of it, which says nothing about the extractor. Case and digits are ignored, so that a
-- counter or date in the line does not hide it. Counted per crawl: in 10,000 articles, any set phrase occurs thrice.
with paragraphs as (

    select
        captured.capture_id,
        captured.crawl_id,
        captured.article_id,
        coalesce(captured.content_hash, captured.article_id) as text_id,
        length(paragraph.words) as characters,
        -- A hash instead of the text: there are millions of rows.
        hash(translate(lower(trim(paragraph.words)), '0123456789', '')) as paragraph_id
    from {{ ref('int_articles__captured') }} as captured,
        unnest({{ paragraphs_of('captured.body') }}) as paragraph (words)

),

crawls as (

    select
        crawl_id,
        count(*) as articles
    from {{ ref('int_articles__captured') }}
    group by crawl_id

),

repeated as (

    select
        paragraphs.crawl_id,
        paragraphs.paragraph_id
    from paragraphs
    inner join crawls on paragraphs.crawl_id = crawls.crawl_id
    group by paragraphs.crawl_id, paragraphs.paragraph_id
    having
        least(count(distinct paragraphs.article_id), count(distinct paragraphs.text_id))
        >= greatest(
            {{ var('repeat_articles_min') }},
            {{ var('repeat_articles_share_min') }} * any_value(crawls.articles)
        )

)

select
    paragraphs.capture_id,
    cast(sum(paragraphs.characters) as bigint) as body_characters,
    cast(coalesce(sum(paragraphs.characters) filter (where repeated.paragraph_id is not null), 0) as bigint)
        as repeated_characters
from paragraphs
left join repeated
    on paragraphs.crawl_id = repeated.crawl_id
    and paragraphs.paragraph_id = repeated.paragraph_id
group by paragraphs.capture_id
