-- A request and the redirects that it leads through are one chain: captures of one crawl that were made for the same
-- article, up to and including the next response that is no redirect.
--
-- A row depends on the files of its crawl alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['crawl_id'],
    meta={'changes': 'int_changes__crawls'},
) }}
{% set changes = ref('int_changes__crawls') %}

with responses as (

    select
        keys.capture_id,
        keys.crawl_id,
        keys.portal,
        keys.article_key,
        keys.page_key,
        captures.captured_at,
        captures.status,
        unread_pages.reason,
        {{ is_redirect('captures.status') }} as is_redirect,
        coalesce(keys.redirect_key != keys.page_key, false)
        or coalesce(unread_pages.reason = 'redirect_page', false) as leads_elsewhere
    from {{ ref('stg_portal__capture_keys') }} as keys
    inner join {{ ref('stg_archive__captures') }} as captures
        on keys.capture_id = captures.capture_id
    left join {{ ref('stg_portal__unread_pages') }} as unread_pages
        on keys.capture_id = unread_pages.capture_id
    {{ only_changed(changes, 'keys', ['crawl_id']) }}

),

-- Most requests meet no redirect.
redirected as (

    select distinct
        crawl_id,
        article_key
    from responses
    where is_redirect

),

numbered as (

    select
        responses.*,
        count(*) filter (where not responses.is_redirect) over (
            partition by responses.crawl_id, responses.article_key
            order by responses.captured_at asc, responses.is_redirect desc, responses.capture_id asc
            rows between unbounded preceding and 1 preceding
        ) as chain
    from responses
    semi join redirected
        on responses.crawl_id = redirected.crawl_id
        and responses.article_key = redirected.article_key

),

chained as (

    select
        capture_id,
        bool_or(is_redirect) over whole as is_redirected,
        first_value(page_key) over whole as asked_page_key,
        last_value(capture_id) over whole as final_capture_id
    from numbered
    window whole as (
        partition by crawl_id, article_key, chain
        order by captured_at asc, is_redirect desc, capture_id asc
        rows between unbounded preceding and unbounded following
    )

)

select
    responses.capture_id,
    responses.crawl_id,
    responses.portal,
    responses.article_key,
    {{ article_id('responses.portal', 'responses.article_key') }} as requested_id,
    responses.page_key,
    responses.captured_at,
    responses.is_redirect,
    coalesce(chained.asked_page_key, responses.page_key) as asked_page_key,
    coalesce(chained.final_capture_id, responses.capture_id) as final_capture_id,
    {{ is_gone('responses.status') }} or coalesce(responses.reason = 'list_in_its_place', false) as is_gone,
    responses.leads_elsewhere,
    case
        when {{ is_gone('responses.status') }} then cast(responses.status as varchar)
        when
            chained.is_redirected
            and responses.reason in (
                'list_in_its_place', 'no_article', 'search_results', 'several_texts', 'static_page'
            )
            then 'redirect'
        when responses.reason = 'list_in_its_place' then 'list'
    end as absence
from responses
left join chained
    on responses.capture_id = chained.capture_id
