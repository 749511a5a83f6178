-- Chooses the canonical article of each group with the same content hash. Each criterion is applied to the whole group:
--
-- 1. keep the articles that others credit, if there are any;
-- 2. of those, keep the ones before which no other was certainly published;
-- 3. of those, take the first captured; then the smallest URL; then the smallest article_id.
--
-- Criterion 2 compares two dates at the coarser precision of the two. Each date is therefore a time span (its day,
-- minute or second). One article was certainly published before another if its span ends before the other's begins.
-- Comparing articles in pairs by all criteria can give a cycle: 08:15 is before 10:00, both tie with the bare date of
-- that day, and the capture order may be "10:00, bare date, 08:15". Removing every certainly later article first cannot
-- give a cycle: disjoint spans are ordered, so at least one article always remains. An article that wins against every
-- other one in pairs is always the one chosen here.
--
-- A row depends on the articles with its content hash, and on the names of their portals. Groups that lost an article
-- are found by the rows as they were.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}
{% set definitions = ref('int_changes__definitions') %}

with changed_groups as (

    select articles.content_hash
    from {{ ref('int_articles__current') }} as articles
    {{ only_changed(changes, 'articles', ['article_id']) }}
    {% if is_incremental() -%}
        union
        select former_rows.content_hash
        from {{ this }} as former_rows
        {{ only_changed(changes, 'former_rows', ['article_id']) }}
        union
        select articles.content_hash
        from {{ ref('int_articles__current') }} as articles
        semi join {{ definitions }} as definitions
            on articles.portal = definitions.portal
    {%- endif %}

),

articles as (

    select articles.*
    from {{ ref('int_articles__current') }} as articles
    {{ only_changed(changes, 'articles', ['article_id']) }}
    {% if is_incremental() -%}
        union
        select articles.*
        from {{ ref('int_articles__current') }} as articles
        semi join changed_groups
            on articles.content_hash = changed_groups.content_hash
    {%- endif %}

),

-- Nearly all texts are in one article only.
copies as (

    select *
    from articles
    where content_hash is not null
    qualify count(*) over (partition by content_hash) > 1

),

-- Not `int_articles__captured`, which joins the keys of all captures before those of copies could be chosen.
own_ids as (

    select
        ids.own_id,
        ids.article_id
    from {{ ref('int_article_ids') }} as ids
    semi join copies
        on ids.article_id = copies.article_id
    union
    select
        article_id as own_id,
        article_id
    from copies

),

urls as (

    select
        own_ids.article_id,
        -- Pages link to the requested URL, which is not always the canonical one.
        unnest(list_distinct([
            {{ comparable_url('captured.url') }},
            {{ comparable_url('captures.url') }}
        ])) as url
    from {{ ref('stg_portal__articles') }} as captured
    inner join own_ids
        on captured.article_id = own_ids.own_id
    inner join {{ ref('stg_archive__captures') }} as captures
        on captured.capture_id = captures.capture_id

),

credited_by_url as (

    select credited.article_id
    from copies as crediting
    inner join urls on {{ comparable_url('crediting.credited_source_url') }} = urls.url
    inner join copies as credited
        on urls.article_id = credited.article_id
        and crediting.content_hash = credited.content_hash
    where crediting.article_id != credited.article_id

),

credited_by_name as (

    select credited.article_id
    from copies as crediting
    inner join {{ ref('stg_portal__portals') }} as portals
        on {{ folded_name('crediting.credited_source_name') }} = {{ folded_name('portals.name') }}
    inner join copies as credited
        on portals.slug = credited.portal
        and crediting.content_hash = credited.content_hash
    -- A portal that names itself signs its own text and credits nobody.
    where crediting.portal != credited.portal

),

credited as (

    select article_id from credited_by_url
    union
    select article_id from credited_by_name

),

spans as (

    select
        articles.article_id,
        articles.content_hash,
        articles.url,
        articles.first_captured_at,
        credited.article_id is not null as is_credited,
        case articles.published_precision when 'second' then 'second' when 'minute' then 'minute' else 'day' end
            as unit,
        -- Days begin at midnight in Hà Nội.
        date_trunc(unit, {{ hanoi_time('articles.published_at') }}) as span_begins,
        span_begins
        + case unit when 'second' then interval 1 second when 'minute' then interval 1 minute else interval 1 day end
            as span_ends
    from copies as articles
    left join credited on articles.article_id = credited.article_id

),

compared as (

    select
        *,
        -- Unknown dates sort last: every known date is before them.
        coalesce(
            coalesce(span_begins, timestamp 'infinity')
            >= min(span_ends) over (partition by content_hash, is_credited),
            false
        ) as is_certainly_later
    from spans

),

ranked as (

    select
        article_id,
        is_credited,
        row_number() over by_criteria = 1 as is_canonical,
        first_value(article_id) over by_criteria as canonical_article_id,
        count(*) over (partition by content_hash) - 1 as copy_count
    from compared
    window by_criteria as (
        partition by content_hash
        order by is_credited desc, is_certainly_later asc, first_captured_at asc, url asc, article_id asc
    )

)

select
    articles.article_id,
    articles.content_hash,
    coalesce(ranked.is_credited, false) as is_credited,
    -- An article without a content hash is not a copy of any other.
    coalesce(ranked.is_canonical, true) as is_canonical,
    coalesce(ranked.canonical_article_id, articles.article_id) as canonical_article_id,
    coalesce(ranked.copy_count, 0) as copy_count
from articles
left join ranked on articles.article_id = ranked.article_id
