{# Sort columns for captures: by time, ties in a fixed order. #}
{% macro capture_order(captures=none) -%}
    {% set of = captures ~ '.' if captures else '' %}
    {{- of }}captured_at, {{ of }}capture_id
{%- endmacro %}
