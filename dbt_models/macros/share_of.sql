{# The share (of 1) of rows for which a condition holds; rows where it is null do not count. #}
{% macro share_of(condition) -%}
    avg(cast({{ condition }} as integer))
{%- endmacro %}
