{# A name in the form by which names are compared: NFC, lower case, single spaces. #}
{% macro folded_name(name) -%}
    trim(regexp_replace(lower(nfc_normalize({{ name }})), '\s+', ' ', 'g'))
{%- endmacro %}
