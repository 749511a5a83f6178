{# A URL in the form by which URLs are compared: lower case, without scheme, query, fragment and trailing slash. #}
{% macro comparable_url(url) -%}
    rtrim(regexp_replace(regexp_replace(lower(trim({{ url }})), '^[a-z]+://', ''), '[?#].*$', ''), '/')
{%- endmacro %}
