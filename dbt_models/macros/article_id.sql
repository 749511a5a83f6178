{# The article_id for a portal and article key; equal to `warehouse.text.identity.article_id`. #}
{% macro article_id(portal, key) -%}
    {{ short_hash([portal, key]) }}
{%- endmacro %}
