{# The order of a mart's rows in a full build, so that a query for a period reads only a part of them. Later rows are appended:
   sorting them in would write everything again. #}
{% macro in_order(columns) -%}
    {%- if not is_incremental() -%}
        order by {{ columns }}
    {%- endif -%}
{%- endmacro %}
