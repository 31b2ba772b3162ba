import type { TextPart } from './api'

/** Text whose matching parts are marked. */
export function Marked({ parts }: { parts: TextPart[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no names
  return parts.map(({ text, hit }, index) => (hit ? <mark key={index}>{text}</mark> : text))
}
