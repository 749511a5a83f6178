-- Each pair of similar texts from both sides, and each text with itself, which several articles may have. A view: the
-- rows are those of `int_copies__compared`, twice, and of `int_copies__texts`.
{{ config(materialized='view') }}

select
    text_id,
    other_text_id,
    kind,
    similarity,
    containment,
    other_containment,
    changed_sentence_count,
    added_sentence_count,
    removed_sentence_count,
    figures_added,
    figures_removed,
    dates_added,
    dates_removed
from {{ ref('int_copies__compared') }}
where kind is not null
union all
select
    other_text_id as text_id,
    text_id as other_text_id,
    kind,
    similarity,
    other_containment as containment,
    containment as other_containment,
    changed_sentence_count,
    removed_sentence_count as added_sentence_count,
    added_sentence_count as removed_sentence_count,
    figures_removed as figures_added,
    figures_added as figures_removed,
    dates_removed as dates_added,
    dates_added as dates_removed
from {{ ref('int_copies__compared') }}
where kind is not null
union all
select
    text_id,
    text_id as other_text_id,
    'copy' as kind,
    1.0 as similarity,
    1.0 as containment,
    1.0 as other_containment,
    0 as changed_sentence_count,
    0 as added_sentence_count,
    0 as removed_sentence_count,
    [] as figures_added,
    [] as figures_removed,
    [] as dates_added,
    [] as dates_removed
from {{ ref('int_copies__texts') }}
