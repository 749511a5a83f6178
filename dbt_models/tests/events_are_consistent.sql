with numbered as (

    select
        article_id,
        event_number,
        event,
        seen_at,
        row_number() over by_number as expected_number,
        lag(seen_at) over by_number as previous_seen_at,
        coalesce(
            last_value(case when event in ('removed', 'restored') then event end ignore nulls) over (
                partition by article_id
                order by event_number
                rows between unbounded preceding and 1 preceding
            ),
            'restored'
        ) as last_change
    from {{ tested('fct_article_events') }}
    window by_number as (partition by article_id order by event_number)

),

wrong as (

    select article_id
    from numbered
    where
        event_number != expected_number
        or seen_at < previous_seen_at
        or (event = 'published') != (event_number = 1)
        or (event = 'removed' and last_change != 'restored')
        or (event = 'restored' and last_change != 'removed')

),

last_changes as (

    select
        article_id,
        coalesce(arg_max(event, event_number) filter (where event in ('removed', 'restored')), 'restored')
            as last_change
    from {{ tested('fct_article_events') }}
    group by article_id

)

select article_id
from wrong
union all
select articles.article_id
from {{ tested('fct_articles') }} as articles
left join last_changes
    on articles.article_id = last_changes.article_id
where
    last_changes.article_id is null
    or articles.is_removed != (last_changes.last_change = 'removed')
    or articles.is_removed != (articles.removed_at is not null)
    or (articles.is_removed and articles.suspected_at is not null)
