{# Whether an HTTP status says that the page is gone. Other error statuses are faults of the server. #}
{% macro is_gone(status) -%}
    {{ status }} in (404, 410)
{%- endmacro %}
