// The version of the editor's schema, which rises with each change of it. The tests with UPDATE_SCHEMA=1 raise it, here
// and in schema.json. An editor deletes nodes that it does not know. A server with a later version therefore does not
// let a page open documents, and a page does not read copies that a page of a later version has stored on this device.
export const SCHEMA_VERSION = 4

/** The last version whose pages stored copies under names without a version. */
export const UNNAMED_VERSION = 2
