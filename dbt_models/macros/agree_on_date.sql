{# Whether the dates of two captures of `int_identity__captures` are equal at the coarser precision of the two. #}
{% macro agree_on_date(one, other) -%}
    (
        {{ one }}.day_on = {{ other }}.day_on
        and coalesce({{ one }}.minute_at = {{ other }}.minute_at, true)
    )
{%- endmacro %}
