{# Sort columns for crawls: by start time, ties in a fixed order. #}
{% macro crawl_order() -%}
    started_at, crawl_id
{%- endmacro %}
