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

/**
 * Endings of names that are addresses in running text without a scheme. Of all endings, these are frequent, and no endings
 * of files: "notes.md" and "run.sh" are files more often than sites.
 */
const ENDINGS = 'com|org|net|edu|gov|int|info|biz|io|dev|app|ai|co|eu|uk|ie|us|ca|mx|br|ar|au|nz|jp|kr|cn|tw|sg|in|il|tr|za|de|at|ch|li|fr|be|nl|lu|it|es|pt|gr|dk|se|no|fi|is|cz|sk|hu|ro|ua|ru'
const NAME = new RegExp(`^(?:www\\.\\S+|[\\p{L}\\p{N}.-]+\\.(?:${ENDINGS}))(?=[:/?#]|$)`, 'iu')
const WITH_SCHEME = /(?<![\p{L}\p{N}])(?:https?:\/\/(?=[\p{L}\p{N}[])|mailto:(?=\S))/iu

export interface Found {
  from: number
  to: number
  href: string
}

/** The addresses in running text. Signs around an address belong to the sentence. */
export const addressesIn = (text: string): Found[] =>
  [...text.matchAll(/[^\s<>"“”„«»]+/gu)].flatMap(({ 0: word, index }) => {
    const scheme = word.search(WITH_SCHEME)
    const start = scheme >= 0 ? scheme : word.search(/[^([{'‘]/)
    const found = start < 0 ? '' : withoutSigns(word.slice(start))
    const isMail = found.includes('@') && !/[/?#]/.test(found)
    const href = scheme >= 0 ? found : isMail || NAME.test(found) ? addressFrom(found) : null
    return href ? [{ from: index + start, to: index + start + found.length, href }] : []
  })

function withoutSigns(word: string): string {
  let end = word.length
  let unopened = word.split(')').length - word.split('(').length
  // A parenthesis that was opened in the address is a part of it.
  for (; /[.,;:!?'’\]}]/.test(word.charAt(end - 1)) || (word.charAt(end - 1) === ')' && unopened > 0); end--) if (word.charAt(end - 1) === ')') unopened--
  return word.slice(0, end)
}
