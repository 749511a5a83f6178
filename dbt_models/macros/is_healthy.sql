{# Whether a verdict says that the crawl saw its portal properly; `no_news` is not a failure. #}
{% macro is_healthy(verdict) -%}
    {{ verdict }} in ('ok', 'no_news')
{%- endmacro %}
