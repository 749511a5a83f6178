-- Resolves the source that an article names to a portal, and to the article there if it is in the corpus.
--
-- The portal is, in this order, that of the article at the cited address, the one that has its host, and the one that
-- has the source's key among the keys of its names. A host or a key of several portals names none of them, unless one
-- of them is the article's own portal: that one names itself. The article is the one that was captured at the cited
-- address, with or without its query, or whose number at that portal is in it: the words of an address change, and
-- numbers of five digits or more are ids. Of several it is the first captured.
--
-- A row depends on the captures of its article, on the captures of the article that it leads to, and on the definitions
-- of all portals. Rows that lead to a changed article are found by their addresses, and by the rows as they were.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['article_id'],
    meta={'changes': 'int_changes__articles'},
) }}
{% set changes = ref('int_changes__articles') %}
{% set definitions = ref('int_changes__definitions') %}

with {% if is_incremental() -%}

    changed_captures as (

        select distinct
            captured.article_id as own_id,
            captured.page_key
        from {{ ref('stg_portal__articles') }} as captured
        left join {{ ref('int_article_ids') }} as ids
            on captured.article_id = ids.own_id
        where coalesce(ids.article_id, captured.article_id) in (select changes.article_id from {{ changes }} as changes)

    ),

    former_keys as (

        select
            article_id,
            unnest({{ cited_keys('url_key') }}) as page_key
        from {{ this }}
        where url_key is not null

    ),

    former_ids as (

        select
            article_id,
            unnest({{ cited_ids('host_portal', 'url_key') }}) as own_id
        from {{ this }}
        where host_portal is not null and url_key is not null

    ),

    changed_articles as (

        select changes.article_id
        from {{ changes }} as changes
        union
        select former_rows.article_id
        from {{ this }} as former_rows
        where
            former_rows.source_article_id in (select changes.article_id from {{ changes }} as changes)
            or exists (select 1 from {{ definitions }})
        union
        select former_keys.article_id
        from former_keys
        semi join changed_captures
            on former_keys.page_key = changed_captures.page_key
        union
        select former_ids.article_id
        from former_ids
        semi join changed_captures
            on former_ids.own_id = changed_captures.own_id

    ),

{% endif %}

states as (

    select
        revisions.article_id,
        revisions.revision,
        revisions.valid_to is null as is_current,
        current_states.portal,
        -- What a page credits may change without a revision.
        if(is_current, current_states.capture_id, revisions.capture_id) as capture_id
    from {{ ref('int_articles__revisions') }} as revisions
    inner join {{ ref('int_articles__current') }} as current_states
        on revisions.article_id = current_states.article_id
    {% if is_incremental() -%}
        where revisions.article_id in (select changed.article_id from changed_articles as changed)
    {%- endif %}

),

portal_hosts as (

    select
        hosted.host,
        list(distinct hosted.slug) as portals
    from (
        select
            slug,
            unnest(list_concat(hosts, former_hosts)) as host
        from {{ ref('stg_portal__portals') }}
    ) as hosted
    group by hosted.host

),

portal_keys as (

    select
        named.source_key,
        list(distinct named.slug) as portals
    from (
        select
            slug,
            unnest(source_keys) as source_key
        from {{ ref('stg_portal__portals') }}
    ) as named
    group by named.source_key

),

moved_hosts as (

    select
        hosts[1] as host,
        unnest(former_hosts) as former_host
    from {{ ref('stg_portal__portals') }}

),

-- A former host belongs to one portal.
present_hosts as (

    select
        former_host,
        any_value(host) as host
    from moved_hosts
    group by former_host
    having count(*) = 1

),

named as (

    select
        states.*,
        credits.basis,
        credits.source_name,
        credits.source_key,
        credits.is_known,
        credits.host,
        credits.mark,
        -- The keys of pages on a former host have the present one.
        case
            when present_hosts.host is null then credits.url_key
            else present_hosts.host || substring(credits.url_key, length(present_hosts.former_host) + 1)
        end as url_key,
        {{ only_portal('portal_hosts.portals', 'states.portal') }} as host_portal,
        {{ only_portal('portal_keys.portals', 'states.portal') }} as key_portal
    from states
    inner join {{ ref('stg_portal__credits') }} as credits
        on states.capture_id = credits.capture_id
    left join portal_hosts
        on credits.host = portal_hosts.host
    left join portal_keys
        on credits.source_key = portal_keys.source_key
    left join present_hosts
        on split_part(split_part(credits.url_key, '/', 1), '?', 1) = present_hosts.former_host

),

leads as (

    select distinct
        article_id,
        url_key,
        host_portal
    from named
    where url_key is not null

),

cited as (

    select
        article_id,
        url_key,
        unnest({{ cited_keys('url_key') }}) as page_key,
        null as own_id
    from leads
    union all
    select
        article_id,
        url_key,
        null as page_key,
        unnest({{ cited_ids('host_portal', 'url_key') }}) as own_id
    from leads
    where host_portal is not null

),

found as (

    select
        cited.article_id,
        cited.url_key,
        captured.article_id as own_id,
        if(captured.page_key = cited.url_key, 1, 2) as way
    from cited
    inner join {{ ref('stg_portal__articles') }} as captured
        on cited.page_key = captured.page_key
    union
    select
        cited.article_id,
        cited.url_key,
        captured.article_id as own_id,
        3 as way
    from cited
    inner join {{ ref('stg_portal__articles') }} as captured
        on cited.own_id = captured.article_id

),

sources as (

    select
        found.article_id,
        found.url_key,
        arg_min(source.article_id, row(found.way, source.first_captured_at, source.article_id)) as source_article_id,
        arg_min(source.portal, row(found.way, source.first_captured_at, source.article_id)) as portal
    from found
    left join {{ ref('int_article_ids') }} as ids
        on found.own_id = ids.own_id
    inner join {{ ref('int_articles__current') }} as source
        on coalesce(ids.article_id, found.own_id) = source.article_id
    where source.article_id != found.article_id
    group by found.article_id, found.url_key

),

resolved as (

    select
        named.* exclude (named.host, named.key_portal),
        sources.source_article_id,
        coalesce(
            sources.portal, nullif(named.host_portal, named.portal), named.key_portal, named.host_portal
        ) as source_portal
    from named
    left join sources
        on named.article_id = sources.article_id
        and named.url_key = sources.url_key

)

select
    article_id,
    revision,
    is_current,
    portal,
    capture_id,
    basis,
    source_name,
    source_key,
    is_known,
    mark,
    url_key,
    host_portal,
    source_portal,
    source_article_id,
    coalesce(source_portal = portal, false) as is_self_credit
from resolved
