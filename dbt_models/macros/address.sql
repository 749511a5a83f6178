{# An address as one compares it: lower case, without scheme, query, fragment and trailing slash. #}
{% macro address(url) -%}
    rtrim(regexp_replace(regexp_replace(lower(trim({{ url }})), '^[a-z]+://', ''), '[?#].*$', ''), '/')
{%- endmacro %}
