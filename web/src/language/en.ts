// All English texts, by the path of their file.
export default import.meta.glob('../**/messages/en.ts', { eager: true, import: 'default' })
