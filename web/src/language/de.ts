// All German texts, by the path of their file.
export default import.meta.glob('../**/messages/de.ts', { eager: true, import: 'default' })
