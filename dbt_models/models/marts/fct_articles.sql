-- A row depends on the captures, revisions, removals, copies and story of its article, and on the answers of its
-- attachments. Copies and stories are found by comparing: an article that is not changed itself has others than before.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}
{% set is_original -%}
    case when reprints.article_id is null then true when reprints.original_article_id is not null then false end
{%- endset %}

-- Of the revisions of another article, the one that is most like the current one says whether this is a near-duplicate.
with closest as (

    select
        matches.article_id,
        matches.other_article_id,
        matches.other_first_published_by,
        arg_max(matches.kind, row(matches.similarity, matches.other_revision)) as kind
    from {{ ref('int_copies__matches') }} as matches
    inner join {{ ref('int_copies__revisions') }} as revisions
        on
        matches.article_id = revisions.article_id
        and matches.revision = revisions.revision
    where revisions.valid_to is null
    group by matches.article_id, matches.other_article_id, matches.other_first_published_by

),

near_duplicates as (

    select
        article_id,
        arg_min(other_article_id, row(other_first_published_by, other_article_id)) as near_duplicate_of
    from closest
    where kind in ('copy', 'near_duplicate')
    group by article_id
    -- Whether the text was edited is said of the earliest article that has it.
    having arg_min(kind, row(other_first_published_by, other_article_id)) = 'near_duplicate'

),

current_states as (

    select
        current_states.article_id,
        current_states.capture_id,
        current_states.first_captured_at,
        current_states.last_captured_at,
        current_states.view_count,
        deduplicated.is_canonical,
        deduplicated.canonical_article_id,
        deduplicated.copy_count,
        near_duplicates.near_duplicate_of,
        {{ is_original }} as is_original,
        stories.story_id
    from {{ ref('int_articles__current') }} as current_states
    inner join {{ ref('int_articles__deduplicated') }} as deduplicated
        on current_states.article_id = deduplicated.article_id
    left join near_duplicates
        on current_states.article_id = near_duplicates.article_id
    left join {{ ref('int_reprints__originals') }} as reprints
        on current_states.article_id = reprints.article_id
    left join {{ ref('int_stories__assigned') }} as stories
        on current_states.article_id = stories.article_id
    {% if is_incremental() -%}
        left join {{ this }} as former_rows
            on current_states.article_id = former_rows.article_id
        where
            current_states.article_id in (select changes.article_id from {{ changes }} as changes)
            or row(
                deduplicated.is_canonical,
                deduplicated.canonical_article_id,
                deduplicated.copy_count,
                near_duplicates.near_duplicate_of,
                {{ is_original }},
                stories.story_id
            )
            is distinct from row(
                former_rows.is_canonical,
                former_rows.canonical_article_id,
                former_rows.copy_count,
                former_rows.near_duplicate_of,
                former_rows.is_original,
                former_rows.story_id
            )
    {%- endif %}

),

revision_counts as (

    select
        revisions.article_id,
        count(*) as revision_count
    from {{ ref('int_articles__revisions') }} as revisions
    semi join current_states
        on revisions.article_id = current_states.article_id
    group by revisions.article_id

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
    from current_states as current_state
    inner join {{ ref('stg_portal__articles') }} as captured
        on current_state.capture_id = captured.capture_id
    where len(captured.attachments) > 0

),

pages as (

    select
        captures.portal,
        captures.url
    from {{ ref('stg_archive__captures') }} as captures
    semi join attached
        on captures.portal = attached.portal
        and captures.url = attached.url
    where captures.status = 200
    group by captures.portal, captures.url
    having bool_and(coalesce(lower(captures.content_type), '') like 'text/html%')

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

),

-- What has no text, joined before the texts: DuckDB would hold those, since it takes joined rows for fewer than they
-- are. The mart is not in order: a million texts cannot be sorted within the memory of a small machine.
keyed as materialized (

    select
        current_state.article_id,
        current_state.capture_id,
        current_state.first_captured_at,
        current_state.last_captured_at,
        current_state.view_count,
        identities.content_hash,
        identities.revision_hash,
        current_state.is_canonical,
        current_state.canonical_article_id,
        current_state.copy_count,
        current_state.near_duplicate_of,
        current_state.is_original,
        current_state.story_id,
        revision_counts.revision_count,
        not_files.urls as not_file_urls,
        absent.is_removal,
        absent.suspected_at,
        bodies.warc_file,
        bodies.warc_offset,
        bodies.revisit_warc_file,
        bodies.revisit_warc_offset
    from current_states as current_state
    inner join {{ ref('stg_portal__identities') }} as identities
        on current_state.capture_id = identities.capture_id
    inner join {{ ref('int_captures__bodies') }} as bodies
        on current_state.capture_id = bodies.capture_id
    inner join revision_counts
        on current_state.article_id = revision_counts.article_id
    left join not_files
        on current_state.article_id = not_files.article_id
    left join absent
        on current_state.article_id = absent.article_id

)

select
    keyed.article_id,
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
    keyed.first_captured_at,
    keyed.last_captured_at,
    keyed.view_count,
    captured.word_count,
    captured.language,
    list_filter(
        captured.attachments, url -> not list_contains(coalesce(keyed.not_file_urls, cast([] as varchar[])), url)
    ) as attachments,
    captured.image_urls,
    keyed.content_hash,
    keyed.revision_hash,
    keyed.is_canonical,
    keyed.canonical_article_id,
    keyed.copy_count,
    keyed.near_duplicate_of,
    keyed.is_original,
    keyed.story_id,
    keyed.revision_count,
    coalesce(keyed.is_removal, false) as is_removed,
    case when keyed.is_removal then keyed.suspected_at end as removed_at,
    case when not keyed.is_removal then keyed.suspected_at end as suspected_at,
    captured.extractor,
    captured.template,
    captured.extractor_version,
    captured.quality_flags,
    captured.capture_id,
    keyed.warc_file,
    keyed.warc_offset,
    keyed.revisit_warc_file,
    keyed.revisit_warc_offset,
    captured.crawl_id,
    crawls.run_id,
    {{ folded_text("concat_ws(' ', captured.title, captured.lead, captured.body)") }} as search_text
from keyed
inner join {{ captured_texts('keyed', ['capture_id']) }} as captured
    on keyed.capture_id = captured.capture_id
-- A crawl whose report was lost still has captures.
left join {{ ref('stg_archive__crawls') }} as crawls
    on captured.crawl_id = crawls.crawl_id
