import type { CSSProperties } from 'react'

/** The first letters of the first two words of a name; brackets and dashes are not words. */
export const initials = (name: string): string => (name.match(/[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu) ?? []).slice(0, 2).map((word) => [...word][0]?.toUpperCase() ?? '').join('')

/** For people whose colour is not known. */
const NEUTRAL = '#5e6470'

/** A person as two letters in their colour. The name is beside it, or is its title. */
export function Avatar({ name, color, title }: { name: string; color?: string | undefined; title?: string }) {
  return <span className="avatar" aria-hidden="true" title={title} style={{ '--person': color ?? NEUTRAL } as CSSProperties}>{initials(name) || [...name.trim()][0] || '?'}</span>
}
