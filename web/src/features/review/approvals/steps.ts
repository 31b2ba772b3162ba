/** The name that the only step of a request without a workflow is stored with. The page shows its own word for it. */
// not a text: stored, the same in every language
export const PLAIN_STEP = 'Approval'
