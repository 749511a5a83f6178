{# A table of the schema `former`: what changed since the marts were last complete (`warehouse/tables/changes.py`). #}
{% macro former(name) -%}
    former.{{ name }}
{%- endmacro %}

{# A condition that is false in a full build: everything is made anew, and no row need be looked up. #}
{% macro in_increments() -%}
    {{ 'false' if flags.FULL_REFRESH else 'true' }}
{%- endmacro %}
