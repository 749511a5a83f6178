{# The declared tests on the rows that changed, in few statements, at the end of `dbt run` without `--full-refresh`. In all
   other commands, each test is a node of its own, on all rows.
   Logs an event whose message is JSON: each test with the number of its failures. Whether a failure is an error is
   decided by the reader (`dagster_project/dbt/results.py`). #}
{% macro test_changed_rows(results) -%}
    {%- if are_changed_rows_tested() and results | rejectattr('status', 'equalto', 'success') | list | length == 0 -%}
        {%- set tests = graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') | list -%}
        {%- set failures = {} -%}
        {#- In several statements, since DuckDB keeps memory for every aggregate of one: all tests need 300 MB for no rows. -#}
        {%- for some in tests | batch(20) -%}
            {%- for row in run_query(changed_rows_tests_sql(some)).rows -%}
                {%- do failures.update({row[0]: row[1] | int}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set found = [] -%}
        {%- for test in tests -%}
            {%- do found.append({
                'name': test.name,
                'failures': failures[test.name],
                'severity': test.config.severity,
                'file': test.original_file_path,
            }) -%}
        {%- endfor -%}
        {%- do log(tojson({'tested_changed_rows': found}), info=true) -%}
    {%- endif -%}
{%- endmacro %}

{% macro are_changed_rows_tested() -%}
    {{ return(execute and flags.WHICH == 'run' and not flags.FULL_REFRESH) }}
{%- endmacro %}

{# A query of one row per test: its name, and the number of its failures. #}
{% macro changed_rows_tests_sql(tests) -%}
    {%- set columns = {} -%}
    {%- for test in tests if test.attached_node -%}
        {%- do columns.setdefault(test.attached_node, []).append(test.column_name) -%}
    {%- endfor -%}
    {{ 'with' if columns }}
    {% for model, read in columns.items() -%}
    changed__{{ graph.nodes[model].name }} as materialized (
        select {{ read | unique | join(', ') }} from {{ changed_rows(graph.nodes[model]) }}
    ){{ ',' if not loop.last }}
    {% endfor -%}
    {%- for test in tests -%}
    {{ 'union all' if not loop.first }}
    select '{{ test.name }}', {{ test.config.fail_calc }} from (
        {{ changed_rows_test_sql(test) }}
    )
    {% endfor -%}
{%- endmacro %}

{# The query of a test on the changed rows of its model, which are a common table expression. #}
{% macro changed_rows_test_sql(test) -%}
    {%- if not test.attached_node -%}
        {{ rendered_at_run_end(test.raw_code) }}
    {%- else -%}
        {%- set model = graph.nodes[test.attached_node] -%}
        {%- set rows = 'changed__' ~ model.name -%}
        {%- set arguments = dict(test.test_metadata.kwargs, model=rows) -%}
        {%- if test.test_metadata.name == 'unique' and model.config.unique_key != [test.column_name] -%}
            {#- The other row with the same value may be one that did not change. -#}
            {%- do arguments.update(model='(select ' ~ test.column_name ~ ' from ' ~ model.relation_name ~ ' semi join '
                ~ rows ~ ' using (' ~ test.column_name ~ '))') -%}
        {%- elif test.test_metadata.name == 'relationships' -%}
            {%- do arguments.update(to=rendered_at_run_end('{{ ' ~ arguments.to ~ ' }}')) -%}
        {%- endif -%}
        {{ context['test_' ~ test.test_metadata.name](**arguments) }}
    {%- endif -%}
{%- endmacro %}

{# Jinja rendered at the end of the run, where dbt lets `ref` name no model that it did not see before the run. #}
{% macro rendered_at_run_end(code) -%}
    {{ render(modules.re.sub('\\bref\\(', 'relation_of(', code)) }}
{%- endmacro %}

{% macro relation_of(name) -%}
    {{ graph.nodes['model.' ~ project_name ~ '.' ~ name].relation_name }}
{%- endmacro %}

{# The rows of a model whose key is in its change model; all rows of a model that is always made whole. Those of a table
   are found by number: they stand together, and a join by key would read every text of the table. #}
{% macro changed_rows(model) -%}
    {%- set changes = model.config.meta.changes -%}
    {%- if not changes -%}
        {{ model.relation_name }}
    {%- else -%}
        {%- set changed = model.relation_name ~ ' semi join ' ~ relation_of(changes)
            ~ ' using (' ~ model.config.unique_key | join(', ') ~ ')' -%}
        {%- if model.config.materialized == 'view' -%}
            (select * from {{ changed }})
        {%- else -%}
            (select * from {{ model.relation_name }} where rowid in (select rowid from {{ changed }}))
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
