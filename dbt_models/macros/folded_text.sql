{# A text for searching: lower case, without accents and invisible characters, đ as d, single spaces. Of Vietnamese and
   other Latin text it makes the same as `unaccented` and `clean` of `warehouse.text.normal`. #}
{% macro folded_text(text) -%}
    {%- set visible = "regexp_replace(" ~ text ~ ", '" ~ invisible_characters() ~ "', '', 'g')" -%}
    trim(regexp_replace(translate(strip_accents(lower({{ visible }})), 'đð', 'dd'), '{{ white_space() }}', ' ', 'g'))
{%- endmacro %}

{# The characters that `warehouse.text.normal` takes for invisible, as a class of RE2. #}
{% macro invisible_characters() -%}
    [\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\x{ad}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{206f}\x{feff}]+
{%- endmacro %}

{# White space as Python splits a text, as a class of RE2. #}
{% macro white_space() -%}
    [\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+
{%- endmacro %}
