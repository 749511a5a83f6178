{# How two texts differ, as one value: a row of `int_copies__pairs` or `int_copies__matches`. #}
{% macro text_difference(pair) -%}
    struct_pack(
        kind := {{ pair }}.kind,
        similarity := {{ pair }}.similarity,
        containment := {{ pair }}.containment,
        other_containment := {{ pair }}.other_containment,
        changed_sentence_count := {{ pair }}.changed_sentence_count,
        added_sentence_count := {{ pair }}.added_sentence_count,
        removed_sentence_count := {{ pair }}.removed_sentence_count,
        figures_added := {{ pair }}.figures_added,
        figures_removed := {{ pair }}.figures_removed
    )
{%- endmacro %}
