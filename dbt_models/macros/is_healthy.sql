{# Whether a crawl saw its portal well; that there was no news is no fault. #}
{% macro is_healthy(verdict) -%}
    {{ verdict }} in ('ok', 'no_news')
{%- endmacro %}
