{# The paragraphs of a text that `joined_paragraphs` made. #}
{% macro paragraphs_of(body) -%}
    string_split({{ body }}, e'\n\n')
{%- endmacro %}
