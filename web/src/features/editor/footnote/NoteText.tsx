import { partsOf } from './addresses'

/** A note, with its addresses as links. */
export function NoteText({ text }: { text: string }) {
  return partsOf(text).map((part, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity than their place
    return part.isAddress ? <a key={index} href={part.text} target="_blank" rel="noopener noreferrer nofollow">{part.text}</a> : part.text
  })
}
