// Addresses of links, as people write them.

/** Clients can write any address into a text, so only these are followed. */
export const isSafeAddress = (href: string): boolean => /^(https?:\/\/|mailto:|tel:|\/(?![/\\])|#)/i.test(href)

/** The address that the person means; null if the text is not one. */
export function addressFrom(typed: string): string | null {
  const text = typed.trim()
  if (text === '') return null
  if (isSafeAddress(text)) return text
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(text)) return `mailto:${text}`
  // "javascript:", "data:" and others.
  if (/^[a-z][\w+.-]*:(?!\d)/i.test(text)) return null
  return /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+(:\d+)?([/?#]\S*)?$/u.test(text) || /^localhost(:\d+)?(\/\S*)?$/.test(text) ? `https://${text}` : null
}
