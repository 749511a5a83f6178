{# Whether the `generic` extractor extracted the article because the portal's platform did not recognise the page. #}
{% macro is_fallback(quality_flags) -%}
    list_contains({{ quality_flags }}, 'fallback')
{%- endmacro %}
