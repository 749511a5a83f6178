{# How many pages a condition is known for, and the share (0 to 1) of them for which it is true. #}
{% macro pages_and_share(condition) -%}
    struct_pack(pages := count({{ condition }}), share := {{ share_of(condition) }})
{%- endmacro %}
