{# The captured articles, or the rows of another staging model, for reading their texts: in an increment those alone whose keys are in `rows`, a change model or a
   common table expression; else all. They are found by the numbers of their rows, since DuckDB skips the texts of rows with
   other numbers; a join by key reads every text and drops it. Up to `dynamic_or_filter_threshold` numbers
   (`profiles.yml`) each is looked for; of more, only what is between the first and the last. #}
{% macro captured_texts(rows, keys, model='stg_portal__articles') -%}
    {%- set articles = ref(model) -%}
    {%- if is_incremental() -%}
        (
            select articles.*
            from {{ articles }} as articles
            where articles.row_position in (
                select found.row_position
                from {{ articles }} as found
                semi join {{ rows }} as wanted
                    on {% for key in keys %}found.{{ key }} = wanted.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
            )
        )
    {%- else -%}
        {{ articles }}
    {%- endif -%}
{%- endmacro %}
