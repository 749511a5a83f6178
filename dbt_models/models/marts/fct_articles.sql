with revision_counts as (

    select
        article_id,
        count(*) as revision_count
    from {{ ref('int_articles__revisions') }}
    group by article_id

),

absent as (

    select *
    from {{ ref('int_articles__removals') }}
    where is_open

),

attached as (

    select
        current_state.article_id,
        captured.portal,
        unnest(captured.attachments) as url
    from {{ ref('int_articles__current') }} as current_state
    inner join {{ ref('int_articles__captured') }} as captured
        on current_state.capture_id = captured.capture_id

),

pages as (

    select
        portal,
        url
    from {{ ref('stg_archive__captures') }}
    where status = 200
    group by portal, url
    having bool_and(coalesce(lower(content_type), '') like 'text/html%')

),

-- An address without a file's name is an attachment by the words of its link, unless it only answered with pages.
not_files as (

    select
        attached.article_id,
        list(distinct attached.url) as urls
    from attached
    inner join pages
        on attached.portal = pages.portal and attached.url = pages.url
    group by attached.article_id

)

select
    captured.article_id,
    captured.portal,
    captured.url,
    captured.title,
    captured.lead,
    captured.body,
    captured.captions,
    captured.byline,
    captured.credited_source_name,
    captured.credited_source_url,
    captured.section,
    captured.tags,
    captured.published_at,
    {{ hanoi_day('captured.published_at') }} as published_on,
    captured.published_precision,
    captured.published_basis,
    captured.updated_at,
    current_state.first_captured_at,
    current_state.last_captured_at,
    current_state.view_count,
    captured.word_count,
    captured.language,
    list_filter(
        captured.attachments, url -> not list_contains(coalesce(not_files.urls, cast([] as varchar[])), url)
    ) as attachments,
    captured.image_urls,
    captured.content_hash,
    captured.revision_hash,
    deduplicated.is_canonical,
    deduplicated.canonical_article_id,
    deduplicated.copy_count,
    revision_counts.revision_count,
    coalesce(absent.is_removal, false) as is_removed,
    case when absent.is_removal then absent.suspected_at end as removed_at,
    case when not absent.is_removal then absent.suspected_at end as suspected_at,
    captured.extractor,
    captured.template,
    captured.extractor_version,
    captured.quality_flags,
    captured.capture_id,
    bodies.warc_file,
    bodies.warc_offset,
    bodies.revisit_warc_file,
    bodies.revisit_warc_offset,
    captured.crawl_id,
    crawls.run_id,
    {{ folded_text("concat_ws(' ', captured.title, captured.lead, captured.body)") }} as search_text
from {{ ref('int_articles__current') }} as current_state
inner join {{ ref('int_articles__captured') }} as captured
    on current_state.capture_id = captured.capture_id
inner join {{ ref('int_captures__bodies') }} as bodies
    on current_state.capture_id = bodies.capture_id
inner join {{ ref('int_articles__deduplicated') }} as deduplicated
    on current_state.article_id = deduplicated.article_id
inner join revision_counts
    on current_state.article_id = revision_counts.article_id
left join not_files
    on current_state.article_id = not_files.article_id
left join absent
    on current_state.article_id = absent.article_id
-- A crawl whose report was lost still has captures.
left join {{ ref('stg_archive__crawls') }} as crawls
    on captured.crawl_id = crawls.crawl_id
