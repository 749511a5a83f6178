{# The incremental strategy `replace`. Deletes the rows whose key is in the model's change model (`meta.changes`), which
   names all rows that can differ, and those whose key is in the new rows; inserts the new rows. One transaction. #}
{% macro get_incremental_replace_sql(arg_dict) -%}
    {%- set keys = arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- for changed in (ref(config.get('meta')['changes']), arg_dict['temp_relation']) %}
    delete from {{ arg_dict['target_relation'] }} as kept
    using (select distinct {{ keys | join(', ') }} from {{ changed }}) as changed
    where {% for key in keys %}kept.{{ key }} = changed.{{ key }}{{ ' and ' if not loop.last }}{% endfor %};
    {%- endfor %}
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
