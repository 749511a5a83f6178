{# The first 32 hex digits of the SHA-256 of texts in this order; long enough to be unique. #}
{% macro short_hash(texts) -%}
    left(sha256(concat_ws(e'\n', {{ texts | join(', ') }})), 32)
{%- endmacro %}
