-- If an article's address leads to another article, which no crawl had captured while the first one was there, both are
-- one. They must agree on title, date or text, since some portals lead from what they deleted to their news. If several
-- articles lead to one, it is most likely a notice: only those with its title and date count then.
with led as (

    select
        stays.own_id,
        arrivals.own_id as target_id,
        arrivals.captured_at as since_at,
        before_it.title_hash = arrivals.title_hash as has_its_title,
        {{ agree_on_date('before_it', 'arrivals') }} as has_its_date,
        before_it.content_hash = arrivals.content_hash as has_its_text,
        articles.first_captured_at
    from {{ ref('int_identity__stays') }} as stays
    inner join {{ ref('int_identity__requests') }} as requests
        on stays.left_capture_id = requests.capture_id
        and requests.is_redirect
    inner join {{ ref('int_identity__captures') }} as arrivals
        on requests.final_capture_id = arrivals.capture_id
        and stays.own_id != arrivals.own_id
    inner join {{ ref('int_identity__captures') }} as before_it
        on stays.last_capture_id = before_it.capture_id
    inner join {{ ref('int_identity__articles') }} as articles
        on stays.own_id = articles.own_id
    inner join {{ ref('int_identity__articles') }} as target
        on arrivals.own_id = target.own_id
        -- Two addresses that were valid side by side are two articles.
        and stays.last_seen_at < target.first_captured_at
        and stays.last_crawl_id != target.first_crawl_id
    inner join {{ ref('int_identity__stays') }} as arrived
        on arrivals.own_id = arrived.own_id
        and arrivals.page_key = arrived.page_key
        and arrivals.captured_at between arrived.began_at and arrived.last_seen_at
    -- If it came back, the other one was not seen since.
    where coalesce(arrived.last_seen_at < stays.returned_at, true)

),

counted as (

    select
        *,
        min(own_id) over (partition by target_id) = max(own_id) over (partition by target_id) as is_alone
    from led

),

accepted as (

    select
        *,
        arg_min(own_id, row(first_captured_at, own_id)) over (partition by target_id) as earliest_id
    from counted
    where
        (is_alone and (has_its_title or has_its_date or has_its_text))
        or (not is_alone and has_its_title and has_its_date)

)

select
    own_id,
    earliest_id as same_as_id,
    since_at
from accepted
where own_id != earliest_id
union all
select
    target_id as own_id,
    earliest_id as same_as_id,
    min(since_at) as since_at
from accepted
group by target_id, earliest_id
