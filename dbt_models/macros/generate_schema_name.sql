{# Use the configured schema names (staging, intermediate, marts) as they are; dbt would prefix `main_`. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
