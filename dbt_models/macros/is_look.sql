{# Whether a crawl shows how the portal is now; a backfill reads history, an import takes over what others saw. #}
{% macro is_look(kind) -%}
    {{ kind }} in ('full', 'incremental')
{%- endmacro %}
