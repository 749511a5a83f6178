-- The stays that share title and date, or title and text; `int_identity__moved` compares those of a group.
--
-- A row depends on a stay under its key alone.
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key=['own_id'],
    meta={'changes': 'int_changes__own_ids'},
) }}
{% set changes = ref('int_changes__own_ids') %}

with stays as (

    select
        stays.own_id,
        stays.first_capture_id,
        stays.last_capture_id
    from {{ ref('int_identity__stays') }} as stays
    {{ only_changed(changes, 'stays', ['own_id']) }}

),

known_by as (

    select
        own_id,
        first_capture_id,
        first_capture_id as capture_id
    from stays
    union
    select
        own_id,
        first_capture_id,
        last_capture_id as capture_id
    from stays

),

traits as (

    select
        known_by.own_id,
        known_by.first_capture_id,
        captures.portal,
        captures.title_hash,
        captures.title_word_count,
        captures.content_hash,
        captures.day_on,
        captures.minute_at
    from known_by
    inner join {{ ref('int_identity__captures') }} as captures
        on known_by.capture_id = captures.capture_id
    where captures.title_hash is not null

)

-- Hashes instead of texts: there is a row for each article.
select distinct
    own_id,
    first_capture_id,
    hash('day', portal, title_hash, day_on) as group_id
from traits
where day_on is not null and title_word_count >= {{ var('moved_title_words_min') }}
union
select distinct
    own_id,
    first_capture_id,
    hash('minute', portal, title_hash, minute_at) as group_id
from traits
where minute_at is not null and title_word_count >= {{ var('moved_title_words_min') }}
union
select distinct
    own_id,
    first_capture_id,
    hash('text', portal, title_hash, content_hash) as group_id
from traits
where content_hash is not null
