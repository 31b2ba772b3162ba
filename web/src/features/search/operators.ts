// Operators in the text of a query, which facets add and remove.

/** An operator as it is typed. */
export const operator = (name: string, value: string): string => (/^[\p{L}\p{N}_-]+$/u.test(value) ? `${name}:${value}` : `${name}:"${value.replaceAll('"', '')}"`)

const PIECES = /-?(?:[^\s":]+:)?(?:"[^"]*"?|\S+)/g

const pieces = (q: string): string[] => q.match(PIECES) ?? []

export const hasOperator = (q: string, wanted: string): boolean => pieces(q).includes(wanted)

/** The query with the operator if it had none, and without it otherwise. */
export function toggled(q: string, wanted: string): string {
  const all = pieces(q)
  return (all.includes(wanted) ? all.filter((piece) => piece !== wanted) : [...all, wanted]).join(' ')
}
