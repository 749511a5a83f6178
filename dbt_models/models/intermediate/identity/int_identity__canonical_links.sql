-- A page that names another by `rel=canonical` is that one if the other names itself, so that the statement holds on
-- two pages, and both agree on title and date. If a page with another title names the same one, the statement is wrong.
with named as (

    select
        own_id,
        named_id as target_id,
        title_hash,
        day_on,
        captured_at
    from {{ ref('int_identity__captures') }}
    where named_id is not null

),

-- Nearly all pages name themselves.
named_another as (

    select
        own_id,
        target_id,
        title_hash,
        day_on,
        min(captured_at) as since_at
    from named
    where own_id != target_id
    group by own_id, target_id, title_hash, day_on

),

named_itself as (

    select
        named.target_id,
        named.title_hash,
        named.day_on,
        min(named.captured_at) as since_at
    from named
    semi join named_another
        on named.own_id = named_another.target_id
    where named.own_id = named.target_id
    group by named.target_id, named.title_hash, named.day_on

),

compared as (

    select
        named_another.own_id,
        named_another.target_id,
        bool_or(coalesce(named_another.title_hash = named_itself.title_hash, false)) as has_its_title,
        bool_or(
            coalesce(named_another.title_hash = named_itself.title_hash, false)
            and coalesce(named_another.day_on = named_itself.day_on, true)
        ) as is_same,
        min(greatest(named_another.since_at, named_itself.since_at)) as since_at
    from named_another
    inner join named_itself
        on named_another.target_id = named_itself.target_id
    group by named_another.own_id, named_another.target_id

),

believed as (

    select
        own_id,
        target_id,
        is_same,
        since_at
    from compared
    qualify bool_and(has_its_title) over (partition by target_id)

),

members as (

    select
        own_id,
        target_id,
        since_at
    from believed
    where is_same
    union all
    select
        target_id as own_id,
        target_id,
        min(since_at) as since_at
    from believed
    where is_same
    group by target_id

),

ranked as (

    select
        members.own_id,
        arg_min(members.own_id, row(articles.first_captured_at, members.own_id))
            over (partition by members.target_id) as same_as_id,
        members.since_at
    from members
    inner join {{ ref('int_identity__articles') }} as articles
        on members.own_id = articles.own_id

)

select *
from ranked
where own_id != same_as_id
