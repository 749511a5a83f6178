{# A text for searching: lower case, without accents and invisible characters, đ as d, single spaces. Of Vietnamese and
   other Latin text it makes the same as `unaccented` and `clean` of `warehouse.text.normal`.
   Nearly all texts have Vietnamese letters, ASCII and common punctuation alone: one table folds them, four times as
   fast. The punctuation of `has_other_characters` is what both ways leave as it is. #}
{% macro folded_text(text) -%}
    case
        when {{ has_other_characters(text) }}
            then {{ folded_space("translate(strip_accents(lower(regexp_replace(" ~ text ~ ", '"
                ~ invisible_characters() ~ "', '', 'g'))), 'đð', 'dd')") }}
        else {{ folded_space("translate(" ~ text ~ ", '" ~ accented_letters() ~ accented_letters().upper()
            ~ "ABCDEFGHIJKLMNOPQRSTUVWXYZ', '" ~ bare_letters() ~ bare_letters()
            ~ "abcdefghijklmnopqrstuvwxyz')") }}
    end
{%- endmacro %}

{# Whether a text has a character that the table does not fold. #}
{% macro has_other_characters(text) -%}
    regexp_matches({{ text }}, '[^\t\n\r -~\x{2010}-\x{2027}\x{2030}-\x{203a}{{ accented_letters() }}{{ accented_letters().upper() }}]')
{%- endmacro %}

{% macro accented_letters() -%}
    àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđð
{%- endmacro %}

{% macro bare_letters() -%}
    aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyydd
{%- endmacro %}

{# The text with single spaces. A single space is left as it is: most white space is, and each match costs. #}
{% macro folded_space(text) -%}
    trim(regexp_replace({{ text }}, '(?:{{ white_space(but_not_space=true) }}| {{ white_space() }}){{ white_space() }}*', ' ', 'g'))
{%- endmacro %}

{# The characters that `warehouse.text.normal` takes for invisible, as a class of RE2. #}
{% macro invisible_characters() -%}
    [\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\x{ad}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{206f}\x{feff}]+
{%- endmacro %}

{# White space as Python splits a text, as a class of RE2; with `but_not_space` without the space itself. #}
{% macro white_space(but_not_space=false) -%}
    [{{ '' if but_not_space else ' ' }}\t\n\x0c\r\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]
{%- endmacro %}
