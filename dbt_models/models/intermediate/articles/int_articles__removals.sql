-- An article that a healthy crawl finds absent is suspected to be removed. It counts as removed when another healthy
-- crawl finds it absent at least `removal_hours_between_crawls` later and no capture shows it in between.
--
-- A row depends on the absences and trusted captures of its article.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}

with absences as (

    select
        absences.article_id,
        absences.crawl_id,
        absences.captured_at,
        absences.capture_id
    from {{ ref('int_article_absences') }} as absences
    {{ only_changed(changes, 'absences', ['article_id']) }}
    where absences.is_healthy_look

),

seen as (

    select
        captured.article_id,
        captured.captured_at,
        captured.capture_id,
        captured.crawl_id
    from {{ ref('int_articles__trusted') }} as captured
    semi join absences
        on captured.article_id = absences.article_id

),

-- All absences between two captures of an article count as one.
spans as (

    select
        article_id,
        captured_at as last_seen_at,
        lead(captured_at) over by_time as seen_again_at,
        lead(capture_id) over by_time as seen_again_capture_id,
        lead(crawl_id) over by_time as seen_again_crawl_id
    from seen
    window by_time as (partition by article_id order by {{ capture_order() }})

),

within_spans as (

    select
        spans.*,
        absences.crawl_id,
        absences.captured_at,
        absences.capture_id,
        min(absences.captured_at) over (partition by spans.article_id, spans.last_seen_at) as suspected_at
    from spans
    inner join absences
        on spans.article_id = absences.article_id
        and spans.last_seen_at < absences.captured_at
        and coalesce(spans.seen_again_at, 'infinity') > absences.captured_at

),

judged as (

    select
        *,
        captured_at >= suspected_at + interval {{ var('removal_hours_between_crawls') }} hours as is_confirming
    from within_spans

),

summed as (

    select
        article_id,
        last_seen_at,
        suspected_at,
        min(captured_at) filter (where is_confirming) as confirmed_at,
        arg_min(capture_id, row({{ capture_order() }})) filter (where is_confirming) as confirming_capture_id,
        arg_min(crawl_id, row({{ capture_order() }})) filter (where is_confirming) as confirming_crawl_id,
        any_value(seen_again_at) as seen_again_at,
        any_value(seen_again_capture_id) as seen_again_capture_id,
        any_value(seen_again_crawl_id) as seen_again_crawl_id
    from judged
    group by article_id, last_seen_at, suspected_at

)

select
    article_id,
    row_number() over (partition by article_id order by last_seen_at) as absence,
    last_seen_at,
    suspected_at,
    confirmed_at,
    confirming_capture_id,
    confirming_crawl_id,
    seen_again_at,
    seen_again_capture_id,
    seen_again_crawl_id,
    confirmed_at is not null as is_removal,
    seen_again_at is null as is_open
from summed
