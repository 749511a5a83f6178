{# A join that keeps the rows whose keys are in a change model; in a full build, no join, so that all rows are kept. #}
{% macro only_changed(changes, rows, keys) -%}
    {%- if is_incremental() -%}
        semi join {{ changes }} as {{ changes.identifier }}
        on {% for key in keys %}{{ rows }}.{{ key }} = {{ changes.identifier }}.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    {%- endif -%}
{%- endmacro %}
