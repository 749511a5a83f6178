-- With the name of the table before each column: sqlfluff takes `hashes` for a keyword.
select
    story_terms.capture_id,
    story_terms.article_id,
    story_terms.published_by,
    story_terms.names,
    story_terms.figures,
    story_terms.documents,
    story_terms.pairs,
    story_terms.hashes,
    story_terms.weights,
    -- DuckDB's number of the row, by which rows with many terms are found.
    story_terms.rowid as row_position
from {{ source('raw', 'story_terms') }} as story_terms
