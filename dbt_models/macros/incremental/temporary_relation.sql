{# Where the new rows of an incremental model wait. The adapter makes no temporary table of a Python model's rows, but takes
   it for one and leaves it behind; this says what it is, so that the materialization drops it. #}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') -%}
    {% do return({'relation': make_temp_relation(target_relation), 'temporary': model['language'] != 'python'}) %}
{%- endmacro %}
