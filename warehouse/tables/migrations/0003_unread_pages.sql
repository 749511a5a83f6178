-- Answers to requests for an article that show none, with the reason; before, they were in raw.captures alone.

create table raw.unread_pages (
    capture_id varchar not null,
    crawl_id varchar not null,
    portal varchar not null,
    url varchar not null,
    reason varchar not null,
    loaded_from varchar not null
);
