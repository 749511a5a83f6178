{# The id of a portal's article, by its platform's key: as `warehouse.text.identity.article_id` makes it. #}
{% macro article_id(portal, key) -%}
    {{ short_hash([portal, key]) }}
{%- endmacro %}
