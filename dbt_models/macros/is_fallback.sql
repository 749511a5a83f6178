{# Whether `generic` read an article whose page the portal's platform did not recognise. #}
{% macro is_fallback(quality_flags) -%}
    list_contains({{ quality_flags }}, 'fallback')
{%- endmacro %}
