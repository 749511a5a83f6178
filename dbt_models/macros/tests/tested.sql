{# The rows of a model that a test reads: those that changed if only those are tested, else all. For tests of several rows
   or models; the rows that decide about one must have the same key of the model. #}
{% macro tested(model) -%}
    {%- if are_changed_rows_tested() -%}
        {{ changed_rows(graph.nodes['model.' ~ project_name ~ '.' ~ model]) }}
    {%- else -%}
        {{ ref(model) }}
    {%- endif -%}
{%- endmacro %}
