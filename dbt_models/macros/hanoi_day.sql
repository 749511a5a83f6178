{# The day in Hà Nội on which a moment lies, whatever the time zone of the machine. #}
{% macro hanoi_day(moment) -%}
    cast({{ moment }} at time zone 'Asia/Ho_Chi_Minh' as date)
{%- endmacro %}
