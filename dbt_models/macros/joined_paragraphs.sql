{# Paragraphs joined into one text by blank lines; `paragraphs_of` splits it again. #}
{% macro joined_paragraphs(paragraphs) -%}
    array_to_string({{ paragraphs }}, e'\n\n')
{%- endmacro %}
