{# The keys of pages that a cited address may be: as it is, and without the query, which most platforms ignore. #}
{% macro cited_keys(url_key) -%}
    list_distinct([{{ url_key }}, rtrim(regexp_replace({{ url_key }}, '[?].*$', ''), '/')])
{%- endmacro %}

{# The article_ids that the numbers in a cited address have at a portal. Smaller numbers may be days and pages. #}
{% macro cited_ids(portal, url_key) -%}
    list_transform(
        regexp_extract_all({{ url_key }}, '[0-9]{5,}'), number -> {{ article_id(portal, 'number') }}
    )
{%- endmacro %}

{# The one portal of a list; of several the article's own one, if it is among them; else null. #}
{% macro only_portal(portals, own) -%}
    case
        when list_contains({{ portals }}, {{ own }}) then {{ own }}
        when len({{ portals }}) = 1 then {{ portals }}[1]
    end
{%- endmacro %}
