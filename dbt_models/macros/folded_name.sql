{# A name as one compares it: composed letters, lower case, single spaces. #}
{% macro folded_name(name) -%}
    trim(regexp_replace(lower(nfc_normalize({{ name }})), '\s+', ' ', 'g'))
{%- endmacro %}
