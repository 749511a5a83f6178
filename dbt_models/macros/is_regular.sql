{# Whether a crawl shows the current state of its portal; backfills read history, imports add older captures. #}
{% macro is_regular(kind) -%}
    {{ kind }} in ('full', 'incremental')
{%- endmacro %}
