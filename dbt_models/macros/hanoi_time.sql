{# A timestamptz as local time in Hanoi, independent of the time zone of the machine. #}
{% macro hanoi_time(moment) -%}
    {{ moment }} at time zone 'Asia/Ho_Chi_Minh'
{%- endmacro %}
