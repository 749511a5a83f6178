{# What tells these texts, in this order, from all others: 32 hex digits, which is enough of a SHA-256. #}
{% macro short_hash(texts) -%}
    left(sha256(concat_ws(e'\n', {{ texts | join(', ') }})), 32)
{%- endmacro %}
