{# Paragraphs as one text, a blank line between them; `paragraphs_of` takes it apart. #}
{% macro joined_paragraphs(paragraphs) -%}
    array_to_string({{ paragraphs }}, e'\n\n')
{%- endmacro %}
