{# The day in Hà Nội on which a moment lies. #}
{% macro hanoi_day(moment) -%}
    cast({{ hanoi_time(moment) }} as date)
{%- endmacro %}
