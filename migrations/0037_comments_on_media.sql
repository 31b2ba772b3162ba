-- A thread can be about an image or a file card, which has no letters to anchor a passage.
alter table thread add column media text; -- JSON: {"attachment": id} or {"src": address}; quote is then what it is called
