{# What clocks in Hà Nội show at a moment, whatever the time zone of the machine. #}
{% macro hanoi_time(moment) -%}
    {{ moment }} at time zone 'Asia/Ho_Chi_Minh'
{%- endmacro %}
