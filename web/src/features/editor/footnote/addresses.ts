// Addresses in the plain text of a note, which are shown as links: as the server finds them (prose/footnotes.rs).

export interface Part {
  text: string
  isAddress: boolean
}

const ADDRESS = /(?<![\p{L}\p{N}])https?:\/\/(?=[\p{L}\p{N}])[^\s\p{Cc}<>"]+/gu

/** A sign at the end of an address belongs to the sentence. */
export function partsOf(note: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const { 0: found, index } of note.matchAll(ADDRESS)) {
    const text = found.replace(/[.,;:!?')\]}]+$/, '')
    if (index > at) parts.push({ text: note.slice(at, index), isAddress: false })
    parts.push({ text, isAddress: true })
    at = index + text.length
  }
  if (at < note.length) parts.push({ text: note.slice(at), isAddress: false })
  return parts
}
