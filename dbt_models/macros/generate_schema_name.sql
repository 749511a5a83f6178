{# Use the configured schema names (staging, intermediate) as they are; dbt would prefix `main_`. A model with its own
   database, as the marts have, is in the default schema there, as the tables of a release are. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if node.config.database else custom_schema_name or target.schema }}
{%- endmacro %}
