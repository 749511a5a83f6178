{# Whether a server says that what was asked for is not there; other errors are faults of its own. #}
{% macro is_gone(status) -%}
    {{ status }} in (404, 410)
{%- endmacro %}
