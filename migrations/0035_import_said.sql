-- What people said about a page where it came from waits here until the page is shown; a kill in between loses none of it.
alter table import_page add column said text;   -- JSON: comments and tracked changes; null once they are in the page
