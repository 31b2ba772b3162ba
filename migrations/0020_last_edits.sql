-- From now on, updated_at is also the time of the last edit of the text. Before, edits were ignored: for documents that
-- were edited, the newest automatic revision is close to it.
update document set updated_at = (select max(revision.created_at) from revision
                                   where revision.document_id = document.document_id and revision.kind = 'automatic')
 where updated_at < (select max(revision.created_at) from revision
                      where revision.document_id = document.document_id and revision.kind = 'automatic');
