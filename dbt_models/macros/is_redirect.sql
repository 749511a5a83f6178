{# Whether an HTTP status says that the page is elsewhere; 304 says that it has not changed. #}
{% macro is_redirect(status) -%}
    ({{ status }} between 300 and 399 and {{ status }} != 304)
{%- endmacro %}
