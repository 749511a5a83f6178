{# Crawls by time; those of one moment always in the same order. #}
{% macro crawl_order() -%}
    started_at, crawl_id
{%- endmacro %}
