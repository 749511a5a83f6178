-- A snapshot of how many articles have each term is due at the end of the day on which the corpus first has
-- `stories_snapshot_first` articles, twice as many, and so on; of several on one day the last.
with days as (

    select
        arrived_on,
        count(*) as article_count,
        -- Equal for the same articles in any order.
        bit_xor(hash(article_id, digest)) as digest
    from {{ ref('int_stories__articles') }}
    group by arrived_on

),

totals as (

    select
        *,
        cast(sum(article_count) over (order by arrived_on) as bigint) as total_count
    from days

),

versions as (

    select
        *,
        case
            when total_count >= {{ var('stories_snapshot_first') }}
                then length(bin(total_count // {{ var('stories_snapshot_first') }})) - 1
        end as number
    from totals

),

followed as (

    select
        *,
        lag(number) over (order by arrived_on) as number_before
    from versions

)

select
    arrived_on,
    article_count,
    total_count,
    digest,
    if(number is distinct from number_before, cast(number as integer), null) as snapshot
from followed
