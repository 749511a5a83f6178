{# The share (0 to 1) of rows for which a condition is true; rows where it is null are not counted. #}
{% macro share_of(condition) -%}
    avg(cast({{ condition }} as integer))
{%- endmacro %}
