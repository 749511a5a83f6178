{# The layers' schemas are named as they are configured: staging, intermediate, marts; dbt would prefix `main_`. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
