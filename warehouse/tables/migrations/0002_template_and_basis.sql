-- Which layout of the platform a page was in, and how its date was found. The rows of earlier extractor versions know
-- neither; they are replaced at the next load.

alter table raw.articles add column published_basis varchar;
alter table raw.articles add column template varchar default '';
alter table raw.articles alter column template set not null;
alter table raw.articles alter column template drop default;
