-- Raw rows as the stages before wrote them; dbt reads these tables and nothing else.
-- No primary keys and no indexes: an ART index makes appending many times slower and the file several times larger.
-- Keys are kept by `warehouse.tables.load` (rows belong to a file of `loaded_files`) and tested by dbt.

create schema raw;

create table raw.loaded_files (
    kind varchar not null,
    file varchar not null,
    fingerprint varchar not null,
    extractor_version varchar,
    row_count bigint not null,
    loaded_at timestamptz not null
);
comment on table raw.loaded_files is 'Which files the rows of the other tables came from, and in which state';
comment on column raw.loaded_files.kind is 'captures, articles, identities or crawls: the table of the rows';
comment on column raw.loaded_files.file is 'Path below the folder of its kind; equals loaded_from of its rows';
comment on column raw.loaded_files.fingerprint is 'Size in bytes and modification time in nanoseconds';

create table raw.captures (
    capture_id varchar not null,
    crawl_id varchar not null,
    portal varchar not null,
    url varchar not null,
    captured_at timestamptz not null,
    status smallint not null,
    content_type varchar,
    payload_digest varchar not null,
    is_revisit boolean not null,
    bytes bigint not null,
    article_key varchar,
    warc_file varchar not null,
    warc_offset bigint not null,
    loaded_from varchar not null
);

create table raw.articles (
    article_id varchar not null,
    capture_id varchar not null,
    crawl_id varchar not null,
    portal varchar not null,
    url varchar not null,
    captured_at timestamptz not null,
    title varchar,
    lead varchar,
    body varchar[] not null,
    captions varchar[] not null,
    byline varchar,
    credited_source_name varchar,
    credited_source_url varchar,
    section varchar,
    tags varchar[] not null,
    published_at timestamptz,
    published_precision varchar,
    updated_at timestamptz,
    view_count bigint,
    word_count integer not null,
    language varchar,
    attachments varchar[] not null,
    image_urls varchar[] not null,
    extractor varchar not null,
    extractor_version varchar not null,
    quality_flags varchar[] not null,
    warc_file varchar not null,
    warc_offset bigint not null,
    loaded_from varchar not null
);

create table raw.identities (
    capture_id varchar not null,
    article_id varchar not null,
    content_hash varchar,
    revision_hash varchar not null,
    loaded_from varchar not null
);

create table raw.crawls (
    crawl_id varchar not null,
    portal varchar not null,
    run_id varchar not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    verdict varchar not null,
    verdict_reason varchar not null,
    requests bigint not null,
    captures bigint not null,
    list_rows_seen bigint not null,
    articles_found bigint not null,
    articles_new bigint not null,
    errors map(varchar, bigint) not null,
    warc_file varchar not null,
    loaded_from varchar not null
);

create table raw.portals (
    slug varchar not null,
    name varchar not null,
    owner varchar not null,
    administrative_unit varchar not null,
    platform varchar not null,
    base_url varchar not null,
    active_from date,
    active_until date,
    verified_on date
);
