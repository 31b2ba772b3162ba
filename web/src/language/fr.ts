// All French texts, by the path of their file.
export default import.meta.glob('../**/messages/fr.ts', { eager: true, import: 'default' })
