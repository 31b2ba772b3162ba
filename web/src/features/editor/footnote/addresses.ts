// Addresses in the plain text of a note, which are shown as links: as the server finds them (prose/footnotes.rs).

export interface Part {
  text: string
  isAddress: boolean
}

/** Where an address begins. Its end is searched for only after a beginning, so the time is linear in the length. */
const START = /(?<![\p{Alphabetic}\p{N}])https?:\/\/(?=[\p{Alphabetic}\p{N}])/gu
const END = /[\p{White_Space}\p{Cc}<>"]/gu
/** A sign at the end of an address belongs to the sentence. */
const SIGNS = '.,;:!?\')]}'

export function partsOf(note: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const { index } of note.matchAll(START)) {
    // This beginning is part of the previous address.
    if (index < at) continue
    const text = note.slice(index, endOf(note, index))
    if (index > at) parts.push({ text: note.slice(at, index), isAddress: false })
    parts.push({ text, isAddress: true })
    at = index + text.length
  }
  if (at < note.length) parts.push({ text: note.slice(at), isAddress: false })
  return parts
}

function endOf(note: string, start: number): number {
  END.lastIndex = start
  let end = END.exec(note)?.index ?? note.length
  while (SIGNS.includes(note.charAt(end - 1))) end--
  return end
}
