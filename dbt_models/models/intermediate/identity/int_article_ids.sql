-- Every id leads to an id that was captured earlier, so that there are no circles, and the first one stays.
with recursive pairs as (

    select
        own_id as one_id,
        same_as_id as other_id,
        'redirected' as reason,
        since_at
    from {{ ref('int_identity__redirected') }}
    union all by name
    select
        one_id,
        other_id,
        'moved' as reason,
        since_at
    from {{ ref('int_identity__moved') }}
    union all by name
    select
        own_id as one_id,
        same_as_id as other_id,
        'canonical_link' as reason,
        since_at
    from {{ ref('int_identity__canonical_links') }}

),

ordered as (

    select
        pairs.reason,
        pairs.since_at,
        row(one.first_captured_at, one.own_id) < row(other.first_captured_at, other.own_id) as is_one_earlier,
        case when is_one_earlier then other.own_id else one.own_id end as own_id,
        case when is_one_earlier then one.own_id else other.own_id end as earlier_id,
        least(one.first_captured_at, other.first_captured_at) as earlier_captured_at
    from pairs
    inner join {{ ref('int_identity__articles') }} as one
        on pairs.one_id = one.own_id
    inner join {{ ref('int_identity__articles') }} as other
        on pairs.other_id = other.own_id

),

-- Of several, the earliest.
steps as (

    select
        own_id,
        earlier_id,
        reason,
        since_at
    from ordered
    qualify row_number() over (
        partition by own_id
        order by earlier_captured_at, earlier_id, since_at, list_position(['redirected', 'moved'], reason)
    ) = 1

),

walked as (

    select
        own_id,
        earlier_id
    from steps
    union all
    select
        walked.own_id,
        steps.earlier_id
    from walked
    inner join steps
        on walked.earlier_id = steps.own_id

),

ends as (

    select
        walked.own_id,
        walked.earlier_id as article_id
    from walked
    anti join steps
        on walked.earlier_id = steps.own_id

)

select
    ends.own_id,
    ends.article_id,
    steps.reason,
    steps.since_at
from ends
inner join steps
    on ends.own_id = steps.own_id
