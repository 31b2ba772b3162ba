// Rises with each change of the editor's schema; UPDATE_SCHEMA=1 does so, here and in schema.json. A server with a later
// version does not let a page open documents, and a page reads no copies that a page of a later version has kept: an
// editor deletes what it does not know.
export const SCHEMA_VERSION = 4

/** The versions of pages that kept copies under names without a version. */
export const UNNAMED_VERSION = 2
