{# The date of a timestamp in Hanoi time. #}
{% macro hanoi_day(moment) -%}
    cast({{ hanoi_time(moment) }} as date)
{%- endmacro %}
