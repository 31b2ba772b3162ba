// Tables in the docs whose content the tests measure: a test fails if the committed table differs from its results.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'

/** Compares the table between the marks of this name in a file of docs/, or writes it with UPDATE_TABLES=1. */
export function committed(file, name, head, rows) {
  const url = new URL(`../../docs/${file}`, import.meta.url)
  const text = readFileSync(url, 'utf8')
  const line = (cells) => `| ${cells.join(' | ')} |`
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
  const [before, rest] = text.split(`<!-- ${name}: measured by the tests -->\n\n`)
  const [found, after] = rest.split(`\n\n<!-- end of ${name} -->`)
  if (process.env.UPDATE_TABLES) return writeFileSync(url, `${before}<!-- ${name}: measured by the tests -->\n\n${table}\n\n<!-- end of ${name} -->${after}`)
  assert.equal(found, table, `docs/${file} says something else; UPDATE_TABLES=1 writes what was found`)
}
