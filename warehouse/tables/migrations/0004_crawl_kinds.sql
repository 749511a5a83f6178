-- What a crawl meant to look at and what it asked for; and what a portal says of a page's age. The rows of archives from
-- before are loaded again: their index and reports are made anew.

alter table raw.captures add column etag varchar;
alter table raw.captures add column last_modified varchar;

alter table raw.crawls add column kind varchar default 'full';
alter table raw.crawls add column is_complete boolean default false;
alter table raw.crawls add column resumes varchar;
alter table raw.crawls add column requests_for map(varchar, bigint);
alter table raw.crawls add column articles_captured bigint default 0;
alter table raw.crawls add column articles_recognised bigint default 0;
alter table raw.crawls add column articles_missing bigint default 0;
alter table raw.crawls add column not_modified bigint default 0;
-- Not a default: DuckDB 1.5 cannot replay its log where a column's default calls a function and another column follows.
update raw.crawls set requests_for = map([]::varchar[], []::bigint[]);
