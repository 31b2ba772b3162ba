import { expect, test } from 'vitest'
import { faultsOf } from './messages.mjs'

const USE = "import { t } from './messages'\nexport const Page = () => <p title={t.title}>{t.pages({ count: 2 })}{t.by({ name: 'ana' })}</p>\n"
const EN = "export default {\n  title: 'Title of this page',\n  pages: { one: '{count} page', other: '{count} pages' },\n  by: 'by {name}',\n} as const\n"
const DE = "import type en from './en'\n\nexport default {\n  title: 'Titel dieser Seite',\n  pages: { one: '{count} Seite', other: '{count} Seiten' },\n  by: 'von {name}',\n} satisfies Translation<typeof en>\n"
const FR = DE.replace('Titel dieser Seite', 'Titre de cette page').replace(/Seite/g, 'feuille').replace('von', 'par')

/** The faults of a folder whose files are these, where they differ from correct ones. */
const faults = ({ code = USE, en = EN, de = DE, fr = FR }) => faultsOf([['features/x/Page.tsx', code], ['features/x/messages/en.ts', en], ['features/x/messages/de.ts', de], ['features/x/messages/fr.ts', fr]])

test('[WORD-11] texts in message files that are complete are in order', () => {
  expect(faults({})).toEqual([])
})

test('[WORD-11] a text in code is found, wherever people would read it', () => {
  for (const line of ['<p>Home</p>', '<p>no documents</p>', '<b>{count} open</b>', '<button aria-label="Close" />', '<input placeholder="name" />', '<i title={isOpen ? "Hide all" : t.title} />', `<p>{\`Page \${count}\`}</p>`]) {
    expect(faults({ code: `${USE}export const x = ${line}\n` }), line).toHaveLength(1)
  }
  for (const line of ["notify('The page was moved.')", "const NAMES = { draft: 'Draft' }", "throw new Problem(0, 'unreachable', 'No answer.')", "link.textContent = 'Page'", "link.setAttribute('aria-label', 'Width of it')"]) {
    expect(faults({ code: `${USE}${line}\n` }), line).toEqual([expect.stringMatching(/^features\/x\/Page\.tsx:3: .* is a text/)])
  }
})

test('[WORD-11] names of classes, keys, events, addresses and addenda to a word are not texts', () => {
  const code = "const a = <i className={isOpen ? 'rail open' : 'rail'} href=\"https://example.org\" onKeyDown={(event) => event.key === 'Escape' && keyName('Mod-Alt-m')} />\nlink.className = 'button quiet'\nthrow new Error('never seen')\n// not a text: a product\nconst name = 'Acme Writer'\n"
  expect(faults({ code: USE + code })).toEqual([])
})

test('[WORD-11] a text that is missing, unused or not translated is found', () => {
  expect(faults({ de: DE.replace(/ {2}by.*\n/, '') })).toEqual(['features/x/messages/de.ts: by is missing'])
  expect(faults({ de: DE.replace('Titel dieser Seite', 'Title of this page') })).toEqual(['features/x/messages/de.ts: title is not translated'])
  expect(faults({ en: EN.replace('  by', "  old: 'Old',\n  by"), de: DE.replace('  by', "  old: 'Alt',\n  by"), fr: FR.replace('  by', "  old: 'Vieux',\n  by") })).toEqual(['features/x/messages/en.ts: old is not used'])
  expect(faults({ de: DE.replace('  by', "  old: 'Alt',\n  by") })).toEqual(['features/x/messages/de.ts: old is not in en.ts'])
})

test('[WORD-11] other parameters and missing plural forms are found', () => {
  expect(faults({ de: DE.replace('{name}', '{nmae}') })).toEqual(['features/x/messages/de.ts: by has the parameters nmae, not name'])
  expect(faults({ de: DE.replace("one: '{count} Seite', ", '') })).toEqual(['features/x/messages/de.ts: pages has no form for “one”'])
  expect(faults({ de: DE.replace("{ one: '{count} Seite', other: '{count} Seiten' }", "'{count} Seiten'") })).toEqual(['features/x/messages/de.ts: pages has forms for numbers in one language only'])
})

test('[WORD-12] dates and numbers are written by the modules that know the language', () => {
  expect(faults({ code: `${USE}const at = new Date().toLocaleDateString()\nconst n = new Intl.NumberFormat()\n` })).toHaveLength(2)
  expect(faultsOf([['dates.ts', 'const format = new Intl.DateTimeFormat(locale)\n']])).toEqual([])
})
