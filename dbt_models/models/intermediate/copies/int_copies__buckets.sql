-- A view: a million texts are in forty million buckets, nearly all of them alone.
{{ config(materialized='view', unique_key=['text_id'], meta={'changes': 'int_changes__texts'}) }}

select
    text_id,
    first_at,
    only_article_id,
    unnest(bands) as band,
    generate_subscripts(bands, 1) as place
from {{ ref('int_copies__texts') }}
