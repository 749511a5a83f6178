{# Captures by time; those of one moment always in the same order. #}
{% macro capture_order(captures=none) -%}
    {% set of = captures ~ '.' if captures else '' %}
    {{- of }}captured_at, {{ of }}capture_id
{%- endmacro %}
