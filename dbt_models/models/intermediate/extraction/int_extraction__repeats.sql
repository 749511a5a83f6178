-- Text that stands in several articles of one crawl is seldom theirs: menus, ratings, share lines that leaked.
--
-- A paragraph repeats where it stands in so many articles of the crawl, with different bodies: copies of one text
-- repeat all of it, and say nothing about the extractor. Case and digits do not count, so that a counter or a date
-- in the line does not hide it. Within a crawl, not over all time: in ten thousand articles every formula stands thrice.
with paragraphs as (

    select
        captured.capture_id,
        captured.crawl_id,
        captured.article_id,
        coalesce(captured.content_hash, captured.article_id) as text_id,
        length(paragraph.words) as characters,
        -- A number in place of the words: these are rows by the million.
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
